/**
 * The control socket of {@code culebra serve} and the commands that are its clients.
 *
 * <p>A unix socket of mode 0600. Each line from a client is one JSON object {@code
 * {"id":1,"command":"list","arguments":{}}}; {@code arguments} may be missing, {@code id} may be
 * any number or string. Each is answered, in order, by one line {@code {"id":1,"return":…}} or
 * {@code {"id":1,"error":{"class":…,"desc":…}}}. Lines {@code {"event":…,"data":…}} may stand
 * between the answers. A line that is too long or no JSON is answered too, with the id null.
 *
 * <p>Each client has two threads of its own, so that none waits for another: one reads and runs
 * commands, one writes. A client that doesn't read its answers stops being read from; one that
 * doesn't read its events is closed.
 */
package org.culebra.cli.control;
