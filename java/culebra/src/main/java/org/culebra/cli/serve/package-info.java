/** {@code culebra serve}: from its options to a running back-end, and what it tells. */
package org.culebra.cli.serve;
