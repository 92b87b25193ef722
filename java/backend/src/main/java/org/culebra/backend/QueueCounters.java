package org.culebra.backend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Counts of one vring: written by its agent, read by anyone at any time. */
final class QueueCounters {
  private static final VarHandle REQUESTS = handle("requests");
  private static final VarHandle GUEST_ERRORS = handle("guestErrors");
  private static final VarHandle FAILURES = handle("failures");
  private static final VarHandle CALLS = handle("calls");

  private long requests;
  private long guestErrors;
  private long failures;
  private long calls;

  /** Bit {@code errno & 63} of an operation is set once such a failure was told. */
  private final long[] toldFailures = new long[ServedOperation.COUNT];

  private static VarHandle handle(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(QueueCounters.class, field, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  void onRequest() {
    REQUESTS.setOpaque(this, requests + 1);
  }

  void onGuestError() {
    GUEST_ERRORS.setOpaque(this, guestErrors + 1);
  }

  /** Returns whether a failure of this kind comes for the first time. */
  boolean onFailure(int operation, int errno) {
    long bit = 1L << errno;
    boolean first = (toldFailures[operation] & bit) == 0;
    toldFailures[operation] |= bit;
    FAILURES.setOpaque(this, failures + 1);
    return first;
  }

  void onCall() {
    CALLS.setOpaque(this, calls + 1);
  }

  /** Requests put into the used ring. */
  long requests() {
    return (long) REQUESTS.getOpaque(this);
  }

  /** Requests rejected because the driver asked for something wrong. */
  long guestErrors() {
    return (long) GUEST_ERRORS.getOpaque(this);
  }

  /** Requests that the device below failed. */
  long failures() {
    return (long) FAILURES.getOpaque(this);
  }

  /** Used buffer notifications sent. */
  long calls() {
    return (long) CALLS.getOpaque(this);
  }
}
