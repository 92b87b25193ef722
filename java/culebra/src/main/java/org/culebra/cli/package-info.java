/**
 * The command line of Culebra.
 *
 * <p>{@link org.culebra.cli.Main} runs a command in the process and returns its exit code: 0 done,
 * 1 failed, 2 wrongly called. What went wrong is one line on stderr that begins with {@code
 * culebra:}; {@code --debug} or CULEBRA_DEBUG=1 adds the stack trace.
 */
package org.culebra.cli;
