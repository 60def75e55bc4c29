package io.millrace.extents;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The two small files by which a directory knows whose it is: {@code store.identity} in every one,
 * written when it joins a store, and {@code store.starts} in the store's first, written at every
 * start. docs/formats/extents.md has the tables.
 */
final class IdentityFiles {
    static final String IDENTITY = "store.identity";
    static final String STARTS = "store.starts";

    private static final int VERSION = 1;
    private static final int IDENTITY_BYTES = 4 + 16 + 16 + 4 + 4 + 4 + 4;
    private static final int STARTS_BYTES = 4 + 8 + 16 + 16 + 4;

    /**
     * A directory's part in a store.
     *
     * @param keySpace null while the store is part of none
     * @param unnamed whether the store also has the volumes of version 1
     * @param number of this directory, from 0
     * @param count of the store's directories, as far as this one knows
     */
    record Member(StoreId store, @Nullable UUID keySpace, boolean unnamed, int number, int count) {}

    /**
     * A store's starts; see {@link StoreIdentity}.
     *
     * @param epoch of the last one, 0 before the first
     */
    record Starts(long epoch, @Nullable UUID accepted, @Nullable UUID offered) {
        static final Starts NONE = new Starts(0, null, null);
    }

    private IdentityFiles() {}

    /** What a directory says; null for one that belongs to no store yet. */
    static @Nullable Member member(Disk disk) throws IOException {
        ByteBuffer in = read(disk, IDENTITY, IDENTITY_BYTES);
        if (in == null) {
            return null;
        }
        StoreId store = new StoreId(in.getLong(), in.getLong());
        UUID keySpace = id(in);
        boolean unnamed = (in.getInt() & 1) != 0;
        return new Member(store, keySpace, unnamed, in.getInt(), in.getInt());
    }

    static void write(Disk disk, Member member) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(IDENTITY_BYTES).putInt(VERSION);
        out.putLong(member.store().high()).putLong(member.store().low());
        putId(out, member.keySpace());
        out.putInt(member.unnamed() ? 1 : 0).putInt(member.number()).putInt(member.count());
        replace(disk, IDENTITY, out.array());
    }

    static Starts starts(Disk disk) throws IOException {
        ByteBuffer in = read(disk, STARTS, STARTS_BYTES);
        return in == null ? Starts.NONE : new Starts(in.getLong(), id(in), id(in));
    }

    static void write(Disk disk, Starts starts) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(STARTS_BYTES).putInt(VERSION).putLong(starts.epoch());
        putId(out, starts.accepted());
        putId(out, starts.offered());
        replace(disk, STARTS, out.array());
    }

    /** Writes a file whose last four bytes are left for its checksum. */
    private static void replace(Disk disk, String name, byte[] content) throws IOException {
        int end = content.length - 4;
        ByteBuffer.wrap(content).putInt(end, VolumeFormat.crcOf(content, 0, end));
        disk.replaceSmall(name, content);
    }

    /** The fields of a file, its version and checksum checked; null when there is none. */
    private static @Nullable ByteBuffer read(Disk disk, String name, int bytes) throws IOException {
        if (!disk.list().contains(name)) {
            return null;
        }
        byte[] content = disk.readSmall(name);
        ByteBuffer in = ByteBuffer.wrap(content);
        if (content.length < 8
                || in.getInt(content.length - 4)
                        != VolumeFormat.crcOf(content, 0, content.length - 4)) {
            throw new ExtentsException(
                    ExtentsException.Code.CORRUPT,
                    name
                            + " in "
                            + disk.name()
                            + " is damaged: move it away and start again, it is made anew from"
                            + " the volumes");
        }
        int version = in.getInt();
        if (version != VERSION || content.length != bytes) {
            throw new ExtentsException(
                    ExtentsException.Code.FORMAT,
                    name
                            + " in "
                            + disk.name()
                            + " has format version "
                            + version
                            + ", this program knows "
                            + VERSION
                            + ": run the Millrace that wrote it");
        }
        return in;
    }

    private static @Nullable UUID id(ByteBuffer in) {
        UUID id = new UUID(in.getLong(), in.getLong());
        return id.getMostSignificantBits() == 0 && id.getLeastSignificantBits() == 0 ? null : id;
    }

    private static void putId(ByteBuffer out, @Nullable UUID id) {
        out.putLong(id == null ? 0 : id.getMostSignificantBits());
        out.putLong(id == null ? 0 : id.getLeastSignificantBits());
    }
}
