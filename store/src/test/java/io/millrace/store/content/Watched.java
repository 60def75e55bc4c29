package io.millrace.store.content;

import io.millrace.extents.Durability;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.ExtentWriter;
import io.millrace.extents.Extents;
import io.millrace.extents.StoreIdentity;
import io.millrace.extents.VolumeInfo;
import io.millrace.kit.DiskSpace;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Extents that tell what was asked of them, with a hook for what can go wrong. For one thread. */
final class Watched implements Extents {
    private final Extents real;

    /** "append n", "open n", "finish" and "abort" in their order. */
    final List<String> asked = new ArrayList<>();

    /** Arrays that were lent and whose lender did not wait for them yet. */
    final List<byte[]> lent = new ArrayList<>();

    /** Before an extent is durable. */
    Runnable beforeDurable = () -> {};

    /** Instead of giving an extent up, or waiting for an array, if it throws. */
    Runnable beforeEnd = () -> {};

    Watched(Extents real) {
        this.real = real;
    }

    @Override
    public ExtentRef append(byte[] bytes, int offset, int length) {
        asked.add("append " + length);
        beforeDurable.run();
        return real.append(bytes, offset, length);
    }

    @Override
    public ExtentWriter open(long lengthHint) {
        asked.add("open " + lengthHint);
        return new Writer(real.open(lengthHint));
    }

    private final class Writer implements ExtentWriter {
        private final ExtentWriter writer;

        Writer(ExtentWriter writer) {
            this.writer = writer;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            writer.write(bytes, offset, length);
        }

        @Override
        public Lent lend(byte[] bytes, int length) {
            Lent written = writer.lend(bytes, length);
            lent.add(bytes);
            return () -> {
                lent.removeIf(other -> other == bytes);
                beforeEnd.run();
                written.await();
            };
        }

        @Override
        public long length() {
            return writer.length();
        }

        @Override
        public ExtentRef finish() {
            asked.add("finish");
            beforeDurable.run();
            return writer.finish();
        }

        @Override
        public void abort() {
            asked.add("abort");
            writer.abort();
            beforeEnd.run();
        }
    }

    @Override
    public StoreIdentity identity() {
        return real.identity();
    }

    @Override
    public void join(UUID keySpace, long epoch, @Nullable UUID accepted, UUID start) {
        real.join(keySpace, epoch, accepted, start);
    }

    @Override
    public void confirm() {
        real.confirm();
    }

    @Override
    public ExtentWriter openToMove(long length) {
        return real.openToMove(length);
    }

    @Override
    public int read(ExtentRef ref, long offset, ByteBuffer into) {
        return real.read(ref, offset, into);
    }

    @Override
    public void seal(long volume) {
        real.seal(volume);
    }

    @Override
    public void delete(long volume) {
        real.delete(volume);
    }

    @Override
    public List<VolumeInfo> list() {
        return real.list();
    }

    @Override
    public Durability durability() {
        return real.durability();
    }

    @Override
    public List<DiskSpace> disks() {
        return real.disks();
    }

    @Override
    public void close() {
        real.close();
    }
}
