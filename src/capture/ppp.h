/* PPP, for the layers of the decoder that it is found in. */
#ifndef KS_CAPTURE_PPP_H
#define KS_CAPTURE_PPP_H

#include "capture/layers.h"

/* From the PPP protocol field on, with or without the address and control bytes of HDLC framing (RFC 1661, RFC 1662). */
enum ks_skip ks_decode_ppp(struct ks_cursor *cursor, struct ks_packet *out);
/* A direction byte before PPP. */
enum ks_skip ks_decode_ppp_direction(struct ks_cursor *cursor, struct ks_packet *out);
/* From the PPPoE header on (RFC 2516). */
enum ks_skip ks_decode_pppoe(struct ks_cursor *cursor, struct ks_packet *out);

#endif
