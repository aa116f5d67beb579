// The platform's own log (not the functions' logs): one line of JSON an event, written by whoever main.ts chose.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Never pass secrets, function environments or payloads: fields are written as they are. */
export interface Log {
  write(level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>): void;
}
