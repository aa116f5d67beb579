// What activities want of the runner of executions: the tasks that wait for a worker.

export type ActivityTask = { readonly token: string; readonly input: string };

export interface ActivityTaskSource {
  /**
   * Takes the oldest task that waits for a worker of that activity, undefined where none does. When it resolves, a step is on the disk that says that
   * the task was started and by whom, and nobody else is given it.
   */
  take(activityArn: string, workerName: string | undefined): Promise<ActivityTask | undefined>;
  /** Tells the ARN of an activity when one of its tasks may have begun to wait. */
  onWaiting(listener: (activityArn: string) => void): () => void;
}
