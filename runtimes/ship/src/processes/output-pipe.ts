import { closeSync, constants, openSync, readSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { isErrno } from './errno.js';

const BUFFER_BYTES = 64 * 1024;
/** The most that a pipe can hold (Linux' limit for an ordinary user), and so the most that was written before the drain. */
const MAX_PIPE_BYTES = 1024 * 1024;

// One for all pipes: everything is taken out before the next read, in the same turn.
const shared = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/**
 * The reading end of a child's stdout or stderr. A real pipe, since Node's own are sockets, on which programs cannot
 * open `/dev/stdout` and `/dev/stderr`. It is always read, whoever listens.
 */
export class OutputPipe {
  private readonly socket: Socket;
  private readonly readFd: number;
  /** For the child's stdio; blocking. Closed by {@link releaseWriter}. */
  readonly writeFd: number;

  /** @param path a FIFO of this pipe's own; its name is removed */
  constructor(
    path: string,
    private onData: (chunk: Buffer) => void,
  ) {
    this.readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writeFd = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    this.socket = new Socket({
      fd: this.readFd,
      readable: true,
      writable: false,
      onread: {
        buffer: shared,
        callback: (length, buffer) => {
          this.onData(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    // Nothing is lost by it but this output, and the socket closes by itself.
    this.socket.on('error', () => undefined);
  }

  /** Calls back when no process holds the writing end any more. */
  whenClosed(callback: () => void): void {
    this.socket.once('close', callback);
  }

  /** Called once the child has its copy. */
  releaseWriter(): void {
    closeSync(this.writeFd);
  }

  /**
   * Delivers at once what is in the pipe. Everything that a process wrote before it told us something (a message, its
   * exit) has been delivered afterwards.
   */
  drain(): void {
    for (let total = 0; !this.socket.destroyed && total <= MAX_PIPE_BYTES;) {
      const length = this.readNow();
      if (length === 0) return;
      total += length;
      this.onData(shared.subarray(0, length));
    }
  }

  private readNow(): number {
    try {
      return readSync(this.readFd, shared, 0, BUFFER_BYTES, null);
    } catch (error) {
      if (isErrno(error, 'EAGAIN')) return 0;
      throw error;
    }
  }

  /** Goes on reading into nothing, so that processes left in the background neither block nor die. */
  ignore(): void {
    this.onData = () => undefined;
    this.socket.unref();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
