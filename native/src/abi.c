#include "culebra.h"

int culebra_abi(void) { return 1; }
