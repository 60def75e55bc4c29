package io.millrace.kit.http;

import io.netty.channel.Channel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A connection's socket under a second descriptor (dup(2)), for bytes that go around the event
 * loop. The number is this object's own until it is closed: when the event loop closes its own
 * meanwhile, what is written here never reaches another connection that was given that number. It
 * keeps the connection open, too: whoever writes asks first whether the client is gone. One
 * thread's own.
 */
final class SocketTwin implements AutoCloseable {
    private static final @Nullable MethodHandle DUP = dup();

    private final FileDescriptor descriptor;

    private SocketTwin(int number) {
        this.descriptor = new FileDescriptor(number);
    }

    private static @Nullable MethodHandle dup() {
        try {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("dup"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        } catch (RuntimeException e) {
            return null; // no native access, or another system
        }
    }

    /**
     * On the event loop, which alone may close the channel. Null where there is none to be had:
     * another transport, a closed connection, no more descriptors.
     */
    static @Nullable SocketTwin of(Channel channel) {
        if (DUP == null || !(channel instanceof UnixChannel socket) || !channel.isActive()) {
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

    @Override
    public void close() throws IOException {
        descriptor.close();
    }
}
