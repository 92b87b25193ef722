/**
 * {@code culebra storage-node}: disks over NBD, so that nothing has to be installed to try them.
 */
package org.culebra.cli.storage;
