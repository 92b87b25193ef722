import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndOptions;

/**
 * Attaches to each socket named, reads from each disk once, as a guest that has booted would have,
 * says {@code attached}, and keeps still until its input ends.
 */
final class IdleFrontEnd {
  private static final int QUEUES = 1;
  private static final int READ_BYTES = 4096;
  private static final long TIMEOUT_NS = 10_000_000_000L;

  private IdleFrontEnd() {}

  public static void main(String[] sockets) throws IOException {
    List<FrontEnd> attached = new ArrayList<>();
    for (String socket : sockets) {
      FrontEndOptions options = new FrontEndOptions().queueCount(QUEUES).timeoutNs(TIMEOUT_NS);
      FrontEnd frontEnd = FrontEnd.connect(Path.of(socket), options);
      attached.add(frontEnd);
      frontEnd.start();
      readOnce(frontEnd);
    }
    System.out.println("attached " + attached.size());
    while (System.in.read() >= 0) {}
    attached.forEach(FrontEnd::close);
  }

  private static void readOnce(FrontEnd frontEnd) throws IOException {
    long buffer = frontEnd.memory().allocate(READ_BYTES);
    var queue = frontEnd.queue(0);
    queue.read(0, buffer, READ_BYTES, 0, System.nanoTime());
    queue.submit();
    long endNs = System.nanoTime() + TIMEOUT_NS;
    while (queue.inFlight() > 0) {
      queue.poll(System.nanoTime(), (tag, status, latencyNs) -> requireOk(status));
      if (System.nanoTime() - endNs > 0) {
        throw new IOException("no completion of a read within 10 s");
      }
      queue.await(TIMEOUT_NS / 100);
    }
  }

  private static void requireOk(int status) {
    if (status != 0) {
      throw new IllegalStateException("read: status " + status);
    }
  }
}
