package org.culebra.backend;

import org.agrona.concurrent.IdleStrategy;

/** What a queue agent's thread does between two cycles, by {@link PollMode}. */
final class QueueIdleStrategy implements IdleStrategy {
  /** How long adaptive polling spins after the last work: about a disk's access time. */
  static final long SPIN_NS = 50_000;

  /** Empty cycles between two looks at the clock, which cost more than the cycles: 2^4 - 1. */
  private static final int CLOCK_MASK = 15;

  private final PollMode mode;
  private final QueueAgent agent;
  private final Host host;
  private int emptyCycles;
  private long spinStartNs;

  QueueIdleStrategy(PollMode mode, QueueAgent agent, Host host) {
    this.mode = mode;
    this.agent = agent;
    this.host = host;
  }

  @Override
  public void idle(int workCount) {
    if (workCount > 0) {
      emptyCycles = 0;
    } else {
      idle();
    }
  }

  @Override
  public void idle() {
    switch (mode) {
      case BUSY -> Thread.onSpinWait();
      case WAIT -> agent.sleep();
      case ADAPTIVE -> spinThenSleep();
    }
  }

  private void spinThenSleep() {
    Thread.onSpinWait();
    if (emptyCycles++ == 0) {
      spinStartNs = host.nowNs();
    } else if ((emptyCycles & CLOCK_MASK) == 0 && host.nowNs() - spinStartNs >= SPIN_NS) {
      emptyCycles = 0;
      agent.sleep();
    }
  }

  @Override
  public void reset() {
    emptyCycles = 0;
  }
}
