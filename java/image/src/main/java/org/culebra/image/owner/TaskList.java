package org.culebra.image.owner;

/** Tasks that wait for the same thing, first in first out. Confined to the image's owner. */
public final class TaskList {
  private Task head;
  private Task tail;

  /** Makes an empty list. */
  public TaskList() {}

  /** Appends a task that is in no list. */
  public void add(Task task) {
    add(task, 0);
  }

  /**
   * Appends a task that is in no list, with what it will be run with.
   *
   * @param wakeResult 0, or a negated errno
   */
  public void add(Task task, int wakeResult) {
    assert !task.linked : task + ": waits already";
    task.linked = true;
    task.wakeResult = wakeResult;
    task.next = null;
    if (head == null) {
      head = task;
    } else {
      tail.next = task;
    }
    tail = task;
  }

  /** Returns whether no task waits. */
  public boolean isEmpty() {
    return head == null;
  }

  /**
   * Moves the first task to the ready list.
   *
   * @param wakeResult 0, or a negated errno
   */
  public void wakeOne(TaskList ready, int wakeResult) {
    ready.add(take(), wakeResult);
  }

  /**
   * Moves all tasks to the ready list.
   *
   * @param wakeResult 0, or a negated errno
   */
  public void wakeAll(TaskList ready, int wakeResult) {
    while (head != null) {
      ready.add(take(), wakeResult);
    }
  }

  /** Runs the tasks that are ready now and those that they make ready, up to a limit. */
  public int runAll(int tasksMax) {
    int count = 0;
    while (head != null && count < tasksMax) {
      Task task = take();
      task.run(task.wakeResult);
      count++;
    }
    return count;
  }

  private Task take() {
    Task task = head;
    head = task.next;
    task.next = null;
    task.linked = false;
    return task;
  }
}
