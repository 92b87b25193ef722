/**
 * {@code culebra image}: makes, shows, checks, compares and converts images, with qemu-img's own
 * flags, texts, field names and exit codes, on paths and on every other target.
 */
package org.culebra.cli.image;
