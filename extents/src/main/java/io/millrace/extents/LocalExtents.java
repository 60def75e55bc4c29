package io.millrace.extents;

import io.millrace.kit.DirectoryLock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Extents in volume files on local disks.
 *
 * <p>One lane takes what is ≤ 16 KiB, so that many small writers share a sync; larger extents are
 * spread over the other lanes. See {@link Lane} for the writing and {@link VolumeFormat} for the
 * bytes.
 */
public final class LocalExtents implements Extents {
    /** Longest extent that {@link #append} takes at once. */
    public static final int APPEND_BYTES = 16 << 20;

    private static final int SMALL_BYTES = 16 * 1024;

    private final Volumes volumes;
    private final Lane small;
    private final List<Lane> large;
    private final AtomicInteger turn = new AtomicInteger();
    private final ReadBuffers buffers = new ReadBuffers();

    private LocalExtents(Volumes volumes) throws IOException {
        this.volumes = volumes;
        this.small = new Lane(volumes, 0);
        this.large = new ArrayList<>();
        for (int i = 0; i < volumes.options().largeLanes(); i++) {
            large.add(new Lane(volumes, i + 1));
        }
        for (Volume volume : volumes.recover()) {
            lane((int) (volume.number % (large.size() + 1))).adopt(volume);
        }
        small.start();
        large.forEach(Lane::start);
    }

    private Lane lane(int index) {
        return index == 0 ? small : large.get(index - 1);
    }

    /**
     * Opens the volumes in some directories; makes the directories that aren't there.
     *
     * @throws ExtentsException LOCKED when another process has a directory, FORMAT when another
     *     version wrote it, IDENTITY when they are not the directories of one store, UNAVAILABLE
     *     when a disk refuses
     */
    public static LocalExtents open(List<Path> directories, ExtentsOptions options) {
        if (directories.isEmpty()) {
            throw new ExtentsException(
                    ExtentsException.Code.LIMIT, "the extents need at least one directory");
        }
        List<Disk> disks = new ArrayList<>();
        try {
            for (Path directory : directories) {
                disks.add(new FileDisk(directory));
            }
            return openDisks(disks, options);
        } catch (DirectoryLock.Held e) {
            closeAll(disks);
            throw new ExtentsException(
                    ExtentsException.Code.LOCKED, "the extents: " + e.getMessage(), e);
        } catch (IOException e) {
            closeAll(disks);
            throw new ExtentsException(
                    ExtentsException.Code.UNAVAILABLE,
                    "the volumes in " + directories + " do not open: " + e.getMessage(),
                    e);
        } catch (RuntimeException e) {
            closeAll(disks);
            throw e;
        }
    }

    static LocalExtents openDisks(List<Disk> disks, ExtentsOptions options) throws IOException {
        return new LocalExtents(new Volumes(List.copyOf(disks), options));
    }

    private static void closeAll(List<Disk> disks) {
        for (Disk disk : disks) {
            try {
                disk.close();
            } catch (IOException e) {
                // The reason why opening failed is what the caller hears.
            }
        }
    }

    @Override
    public StoreIdentity identity() {
        volumes.refuseIfClosed();
        try {
            return volumes.identity().now();
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    @Override
    public void join(UUID keySpace, long epoch, @Nullable UUID accepted, UUID start) {
        volumes.refuseIfStopped();
        try {
            volumes.identity().join(keySpace, epoch, accepted, start);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private static ExtentsException unavailable(IOException e) {
        return new ExtentsException(
                ExtentsException.Code.UNAVAILABLE,
                "the directories of the volumes fail: " + e.getMessage(),
                e);
    }

    @Override
    public ExtentRef append(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length < 1 || length > APPEND_BYTES) {
            throw new ExtentsException(
                    ExtentsException.Code.LIMIT,
                    "append takes 1 to " + APPEND_BYTES + " bytes, not " + length);
        }
        return append(laneFor(length), bytes, offset, length);
    }

    static ExtentRef append(Lane lane, byte[] bytes, int offset, int length) {
        Task.Append task = new Task.Append(bytes, offset, length);
        lane.submit(task);
        task.await();
        return Objects.requireNonNull(task.ref);
    }

    private Lane laneFor(long length) {
        if (length >= 0 && length <= SMALL_BYTES) {
            return small;
        }
        return large.get(Math.floorMod(turn.getAndIncrement(), large.size()));
    }

    @Override
    public ExtentWriter open(long lengthHint) {
        if (lengthHint == 0 || lengthHint < -1) {
            throw new ExtentsException(
                    ExtentsException.Code.LIMIT, "an extent has ≥ 1 bytes, not " + lengthHint);
        }
        volumes.refuseIfStopped();
        return new StreamWriter(laneFor(lengthHint), lengthHint);
    }

    @Override
    public int read(ExtentRef ref, long offset, byte[] into, int at, int length) {
        Objects.checkFromIndexSize(at, length, into.length);
        if (offset < 0) {
            throw new ExtentsException(ExtentsException.Code.LIMIT, "offset " + offset + " < 0");
        }
        volumes.refuseIfClosed();
        if (offset >= ref.length()) {
            return -1;
        }
        refuseOthers(ref);
        Volume volume = volumes.find(ref.volume());
        if (volume == null) {
            throw notFound(ref);
        }
        int wanted = (int) Math.min(length, ref.length() - offset);
        ByteBuffer buffer = buffers.take();
        try {
            DiskFile file = volumes.reader(volume);
            int done = 0;
            while (done < wanted) {
                done +=
                        readBlocks(
                                file, ref, offset + done, into, at + done, wanted - done, buffer);
            }
            return done;
        } catch (NoSuchFileException | ClosedChannelException e) {
            volumes.refuseIfClosed();
            if (volume.deleted) {
                throw notFound(ref);
            }
            throw unreadable(ref, e);
        } catch (IOException e) {
            throw unreadable(ref, e);
        } finally {
            buffers.giveBack(buffer);
        }
    }

    private void refuseOthers(ExtentRef ref) {
        if (!volumes.identity().has(ref)) {
            throw new ExtentsException(
                    ExtentsException.Code.ELSEWHERE,
                    "the bytes are in store "
                            + ref.store()
                            + ", which this server can't read; its own is "
                            + volumes.identity().store());
        }
        if (!ref.encryption().none()) {
            throw new ExtentsException(
                    ExtentsException.Code.FORMAT,
                    "the extent is encrypted, which this program doesn't know yet: run the"
                            + " Millrace that wrote it");
        }
    }

    /**
     * Reads as many whole blocks as the buffer takes, verifies them, and copies what was asked for.
     */
    private static int readBlocks(
            DiskFile file,
            ExtentRef ref,
            long offset,
            byte[] into,
            int at,
            int wanted,
            ByteBuffer buffer)
            throws IOException {
        long block = offset / VolumeFormat.BLOCK_BYTES;
        long lastBlock = (offset + wanted - 1) / VolumeFormat.BLOCK_BYTES;
        lastBlock = Math.min(lastBlock, block + ReadBuffers.BLOCKS - 1);
        long start = VolumeFormat.blockPosition(block);
        long end =
                VolumeFormat.blockPosition(lastBlock)
                        + blockLength(ref, lastBlock)
                        + VolumeFormat.CRC_BYTES;
        buffer.clear().limit((int) (end - start));
        if (file.read(buffer, ref.offset() + start) != end - start) {
            throw corrupt(ref, block, "the volume ends before it");
        }
        buffer.flip();
        CRC32C crc = new CRC32C();
        ByteBuffer seed = ByteBuffer.allocate(VolumeFormat.SEED_BYTES);
        int skip = (int) (offset - block * VolumeFormat.BLOCK_BYTES);
        int copied = 0;
        for (long b = block; b <= lastBlock; b++) {
            int size = blockLength(ref, b);
            ByteBuffer data = buffer.slice(buffer.position(), size);
            int sum =
                    VolumeFormat.crc(
                            crc,
                            seed,
                            ref.store(),
                            ref.epoch(),
                            ref.volume(),
                            ref.offset(),
                            b,
                            data.duplicate());
            buffer.position(buffer.position() + size);
            if (buffer.getInt() != sum) {
                throw corrupt(ref, b, "its checksum differs");
            }
            int n = Math.min(size - skip, wanted - copied);
            data.get(skip, into, at + copied, n);
            copied += n;
            skip = 0;
        }
        return copied;
    }

    private static int blockLength(ExtentRef ref, long block) {
        return (int)
                Math.min(VolumeFormat.BLOCK_BYTES, ref.length() - block * VolumeFormat.BLOCK_BYTES);
    }

    private static ExtentsException corrupt(ExtentRef ref, long block, String why) {
        return new ExtentsException(
                ExtentsException.Code.CORRUPT,
                "block "
                        + block
                        + " of the extent at "
                        + ref.offset()
                        + " in volume "
                        + ref.volume()
                        + " is damaged: "
                        + why);
    }

    private static ExtentsException notFound(ExtentRef ref) {
        return new ExtentsException(
                ExtentsException.Code.NOT_FOUND,
                "there is no volume " + ref.volume() + " in store " + ref.store());
    }

    private static ExtentsException unreadable(ExtentRef ref, IOException e) {
        return new ExtentsException(
                ExtentsException.Code.UNAVAILABLE,
                "volume " + ref.volume() + " can't be read: " + e.getMessage(),
                e);
    }

    @Override
    public void seal(long volume) {
        retire(volume, false);
    }

    @Override
    public void delete(long volume) {
        retire(volume, true);
    }

    private void retire(long number, boolean delete) {
        volumes.refuseIfClosed();
        Volume volume = volumes.find(number);
        if (volume == null || (volume.sealed && !delete)) {
            return;
        }
        Lane owner = volume.lane;
        Lane lane = owner == null ? small : owner;
        Task.Retire task = new Task.Retire(volume, delete);
        lane.submit(task);
        task.await();
    }

    @Override
    public List<VolumeInfo> list() {
        return volumes.list();
    }

    @Override
    public Durability durability() {
        return volumes.options().durability();
    }

    @Override
    public long freeBytes() {
        volumes.refuseIfClosed();
        return volumes.freeBytes();
    }

    @Override
    public void close() {
        if (!volumes.beginClose()) {
            return;
        }
        small.stop();
        large.forEach(Lane::stop);
        try {
            volumes.close();
        } catch (IOException e) {
            throw new ExtentsException(
                    ExtentsException.Code.UNAVAILABLE, "the volumes do not close", e);
        }
    }
}
