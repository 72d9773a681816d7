/** A server of our own on this machine. Disposing is `stop`. */
export interface Backend extends AsyncDisposable {
  readonly url: string;
  readonly version: string;
  /** Ends it for good and removes all it left. Repeating is harmless. */
  stop(): Promise<void>;
}

/** A server that runs as a process of this user, and on which faults can be tried. */
export interface NativeBackend extends Backend {
  /** The server's own process; after `restart` another one. */
  readonly pid: number;
  /** Kills it with -9 and resolves once it is gone. Its folder and its port stay. */
  kill(): Promise<void>;
  /** Starts it again on the same folder and port, after a polite stop if it still runs. Rejects when it does not come up. */
  restart(): Promise<void>;
  /** Removes the data of a server that is killed, so that it comes back empty. Rejects while it runs. */
  wipe(): Promise<void>;
  /** Copies the data as it is now, for `revert`. */
  snapshot(): Promise<void>;
  /** Puts back the last snapshot, so that a server that is killed comes back without what it wrote since. Rejects while it runs. */
  revert(): Promise<void>;
}

/** A RabbitMQ that its own command line tool can be tried on. */
export interface NativeRabbit extends NativeBackend {
  /** Runs rabbitmqctl and resolves to what it printed; rejects with its last words. It takes about two seconds. */
  ctl(...args: readonly string[]): Promise<string>;
}
