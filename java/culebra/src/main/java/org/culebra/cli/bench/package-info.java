/**
 * {@code culebra bench}: a vhost-user front-end that loads a back-end and measures or verifies it.
 *
 * <p>Each queue has a thread of its own and a part of the range of its own, and keeps a fixed
 * number of requests in flight: each completion makes the next request (closed loop). A latency is
 * the time from when a request was made visible to the device until its used buffer was seen.
 *
 * <p>In verify mode each written block names its offset, its generation, the seed and the run, and
 * carries a checksum of its body, so that a block that is lost, stale, torn, misplaced or altered
 * is found and told apart. No two requests for one block are ever in flight together, so what a
 * read must find is known exactly.
 */
package org.culebra.cli.bench;
