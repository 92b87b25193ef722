/**
 * The operating system: the only package that calls native functions or restricted methods of the
 * foreign function and memory API.
 *
 * <p>Functions of libculebra do one system task each and return {@code -errno}; here a negative
 * return becomes an {@link java.io.IOException} with the call, its argument and the error's name,
 * except on the data path, where the caller gets the number.
 */
package org.culebra.linux;
