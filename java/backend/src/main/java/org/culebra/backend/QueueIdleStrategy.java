package org.culebra.backend;

import org.agrona.concurrent.IdleStrategy;

/** What a queue agent's thread does between two cycles, by {@link PollMode}. */
final class QueueIdleStrategy implements IdleStrategy {
  /** How long adaptive polling spins after the last work: about a disk's access time. */
  static final long SPIN_NS = 50_000;

  private final PollMode mode;
  private final QueueAgent agent;
  private final Host host;
  private boolean spinning;
  private long spinStartNs;

  QueueIdleStrategy(PollMode mode, QueueAgent agent, Host host) {
    this.mode = mode;
    this.agent = agent;
    this.host = host;
  }

  @Override
  public void idle(int workCount) {
    if (workCount > 0) {
      spinning = false;
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
    long nowNs = host.nowNs();
    if (!spinning) {
      spinning = true;
      spinStartNs = nowNs;
    } else if (nowNs - spinStartNs >= SPIN_NS) {
      spinning = false;
      agent.sleep();
    } else {
      Thread.onSpinWait();
    }
  }

  @Override
  public void reset() {
    spinning = false;
  }
}
