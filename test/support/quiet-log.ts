// A platform log that remembers instead of writing, for tests to look at.

import type { Log, LogLevel } from '#kernel';

export interface LoggedEvent {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class QuietLog implements Log {
  readonly events: LoggedEvent[] = [];

  write(level: LogLevel, event: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.events.push({ level, event, fields });
  }

  named(event: string): readonly LoggedEvent[] {
    return this.events.filter((logged) => logged.event === event);
  }
}
