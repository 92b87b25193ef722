package org.culebra.storage.nbd;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.culebra.storage.TargetUri;
import org.culebra.storage.TempDirectory;

/** A server that plays a script with each client, on a thread each. */
final class ScriptedPeer implements AutoCloseable {
  /** What it says to a client, and when. */
  interface Script {
    void play(Conversation conversation) throws IOException;
  }

  private final TempDirectory directory = new TempDirectory();
  private final ServerSocketChannel listener =
      ServerSocketChannel.open(StandardProtocolFamily.UNIX);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final List<SocketChannel> channels = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  ScriptedPeer(Script script) throws IOException {
    listener.bind(UnixDomainSocketAddress.of(directory.file("s")));
    threads.add(Thread.ofPlatform().daemon().start(() -> serve(script)));
  }

  TargetUri target() {
    return new TargetUri.NbdUnix(directory.file("s"), "x");
  }

  private void serve(Script script) {
    try {
      while (true) {
        SocketChannel channel = listener.accept();
        channels.add(channel);
        threads.add(Thread.ofPlatform().daemon().start(() -> play(script, channel)));
      }
    } catch (ClosedChannelException e) {
      assert !listener.isOpen();
    } catch (IOException e) {
      failure.set(e);
    }
  }

  private void play(Script script, SocketChannel channel) {
    try (channel) {
      script.play(new Conversation(channel));
    } catch (IOException e) {
      // The client hung up on the script, as most clients of a liar do.
      assert e.getMessage() != null || e.getCause() == null;
    } catch (Throwable e) {
      failure.set(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (SocketChannel channel : channels) {
      channel.close();
    }
    for (Thread thread : threads) {
      join(thread);
    }
    directory.close();
    if (failure.get() != null) {
      throw new AssertionError("the script", failure.get());
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assert !thread.isAlive();
  }
}
