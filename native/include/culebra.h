#ifndef CULEBRA_H
#define CULEBRA_H

/* The version of this interface; Java refuses a library that answers another. */
int culebra_abi(void);

#endif
