import type { Endpoint } from "../../pool/address.ts";
import {
  EINPROGRESS,
  IP_BIND_ADDRESS_NO_PORT,
  IPPROTO_IP,
  IPPROTO_TCP,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  TCP_NODELAY,
} from "./constants.ts";
import { familyOf, packAddress } from "./socket-address.ts";
import type { System } from "./system.ts";

/** A socket that is connecting to `ip`, or is connected already; -1 when it was refused at once. */
export function startConnecting(system: System, ip: string, to: Omit<Endpoint, "host">): number {
  const fd = system.socket(familyOf(ip), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || (isBound(system, fd, to.localAddress) && isConnecting(system, fd, ip, to.port))) return fd;
  system.close(fd);
  return -1;
}

function isBound(system: System, fd: number, localAddress: string | undefined): boolean {
  const { bind, setsockopt, room } = system;
  room.value.bytes.writeInt32LE(1);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, room.value.at, 4);
  if (localAddress === undefined) return true;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, room.value.at, 4);
  const length = packAddress(system, localAddress, 0);
  return length > 0 && bind(fd, room.address.at, length) === 0;
}

function isConnecting(system: System, fd: number, ip: string, port: number): boolean {
  const length = packAddress(system, ip, port);
  return length > 0 && (system.connect(fd, system.room.address.at, length) === 0 || system.errno() === EINPROGRESS);
}
