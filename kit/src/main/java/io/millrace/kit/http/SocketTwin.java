package io.millrace.kit.http;

import io.netty.channel.Channel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection's socket under a second descriptor (dup(2)), for bytes that go around the event
 * loop. The number is this object's own until it is closed: when the event loop closes its own
 * meanwhile, what is written here never reaches another connection that was given that number. It
 * keeps the connection open, too: whoever writes asks first whether the client is gone. One
 * thread's own.
 */
final class SocketTwin implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SocketTwin.class);

    private static final @Nullable MethodHandle DUP =
            find("dup", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    /** With access to arrays: no copy, and the collector waits for the moment that it takes. */
    private static final @Nullable MethodHandle RECV =
            find(
                    "recv",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT),
                    Linker.Option.critical(true));

    private static final int MSG_DONTWAIT = 0x40;

    private final FileDescriptor descriptor;

    private SocketTwin(int number) {
        this.descriptor = new FileDescriptor(number);
    }

    private static @Nullable MethodHandle find(
            String name, FunctionDescriptor type, Linker.Option... options) {
        try {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
        } catch (RuntimeException e) {
            return null; // no native access, or another system
        }
    }

    /**
     * On the event loop, which alone may close the channel. Null where there is none to be had:
     * another transport, a closed connection, no more descriptors.
     */
    static @Nullable SocketTwin of(Channel channel) {
        if (DUP == null
                || RECV == null
                || !(channel instanceof UnixChannel socket)
                || !channel.isActive()) {
            return null;
        }
        int number;
        try {
            number = (int) DUP.invokeExact(socket.fd().intValue());
        } catch (Throwable e) {
            throw new IllegalStateException("dup failed", e);
        }
        return number < 0 ? null : new SocketTwin(number);
    }

    /** Writes what the socket takes now of a direct buffer; the rest remains. */
    void write(ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            int count = descriptor.write(from, from.position(), from.limit());
            if (count <= 0) {
                return;
            }
            from.position(from.position() + count);
        }
    }

    /**
     * Reads what the socket has now.
     *
     * @return how many bytes came; 0 or less where there are none now, none any more, or an error
     *     that the event loop will meet, too
     */
    int read(byte[] into, int offset, int length) {
        MemorySegment to = MemorySegment.ofArray(into).asSlice(offset, length);
        try {
            MethodHandle recv = Objects.requireNonNull(RECV);
            return (int)
                    (long) recv.invokeExact(descriptor.intValue(), to, (long) length, MSG_DONTWAIT);
        } catch (Throwable e) {
            throw new IllegalStateException("recv failed", e);
        }
    }

    /** The number is free afterwards, whatever close(2) says. */
    @Override
    public void close() {
        try {
            descriptor.close();
        } catch (IOException e) {
            LOG.debug("close(2) failed", e);
        }
    }
}
