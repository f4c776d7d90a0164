"""Runs a command that is ended by the system at once if it, or anything it starts, asks for a socket.

    python3 without_sockets.py COMMAND [ARGUMENT...]

A filter of system calls (seccomp) does it: it needs no rights, cannot be taken off again, and is inherited.
"""

import ctypes
import os
import platform
import struct
import sys

# linux/audit.h and the tables of system calls: socket, socketpair and io_uring_setup (which could ask for one by itself).
MACHINES = {"x86_64": (0xC000003E, (41, 53, 425)), "aarch64": (0xC00000B7, (198, 199, 425))}
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000
NUMBER, ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
OTHER_TABLE = 0x40000000  # numbers of the x32 interface begin here


def main():
    architecture, forbidden = MACHINES[platform.machine()]
    step = lambda code, value, yes=0, no=0: struct.pack("=HBBI", code, yes, no, value)
    program = [step(LOAD, ARCHITECTURE), step(JUMP_IF_EQUAL, architecture, 1, 0), step(RETURN, KILL_PROCESS)]
    program += [step(LOAD, NUMBER), step(JUMP_IF_AT_LEAST, OTHER_TABLE, 0, 1), step(RETURN, KILL_PROCESS)]
    for number in forbidden:
        program += [step(JUMP_IF_EQUAL, number, 0, 1), step(RETURN, KILL_PROCESS)]
    program.append(step(RETURN, ALLOW))
    steps = ctypes.create_string_buffer(b"".join(program))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(steps)))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, MODE_FILTER, head, 0, 0)):
        if libc.prctl(*(ctypes.c_ulong(word) if isinstance(word, int) else word for word in arguments)) != 0:
            sys.exit(f"without_sockets: the system takes no filter: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[1], sys.argv[1:])


main()
