package io.millrace.live;

import io.millrace.extents.Durability;
import io.millrace.extents.ExtentRef;
import io.millrace.extents.ExtentWriter;
import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.StoreIdentity;
import io.millrace.extents.VolumeInfo;
import io.millrace.kit.DiskSpace;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Real extents whose disk can be made full. */
final class FaultyExtents implements Extents {
    private final Extents real;
    volatile boolean full;

    FaultyExtents(Extents real) {
        this.real = real;
    }

    private void check() {
        if (full) {
            throw new ExtentsException(ExtentsException.Code.DISK_FULL, "the test says so");
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
    public ExtentRef append(byte[] bytes, int offset, int length) {
        check();
        return real.append(bytes, offset, length);
    }

    @Override
    public ExtentWriter open(long lengthHint) {
        check();
        return real.open(lengthHint);
    }

    @Override
    public ExtentWriter openToMove(long length) {
        check();
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
