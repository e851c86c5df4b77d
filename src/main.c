/* knockscope: a batch command where one is named, the explorer otherwise. */
#include <stdio.h>

int main(void)
{
    puts("knockscope");
    return 0;
}
