#include <string.h>

#include "culebra.h"

int culebra_abi(void) { return CULEBRA_ABI; }

const char *culebra_error_name(int error) { return strerrorname_np(error); }

const char *culebra_error_message(int error) { return strerrordesc_np(error); }
