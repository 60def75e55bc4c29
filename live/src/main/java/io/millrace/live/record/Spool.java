package io.millrace.live.record;

import io.millrace.kit.Damage;
import io.millrace.kit.DurableFile;
import io.millrace.live.LiveException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Segments that the store has not taken, one file each, durable before {@link #add} returns.
 *
 * <p>A crash leaves whole files or none ({@link DurableFile}). A file's CRC32C is checked when it
 * is read; a damaged file is put aside with the suffix {@code .damaged}. Bounded by bytes.
 * Thread-safe.
 */
public final class Spool {
    private static final Logger LOG = LoggerFactory.getLogger(Spool.class);
    private static final int MAGIC = 0x4d52534c; // MRSL
    private static final int VERSION = 1;
    private static final String SUFFIX = ".segment";
    private static final String DAMAGED = ".damaged";
    private static final int MAX_FILE_BYTES = 256 << 20;
    private static final int LEAST_FILE_BYTES = 32;

    private final Path directory;
    private final long maxBytes;
    private final ConcurrentSkipListMap<Name, Long> files = new ConcurrentSkipListMap<>();
    private final AtomicLong bytes = new AtomicLong();

    /** Which segment a file holds; sorted by stream, then number. */
    public record Name(String stream, String session, long msn) implements Comparable<Name> {
        @Override
        public int compareTo(Name other) {
            return Comparator.comparing(Name::stream)
                    .thenComparingLong(Name::msn)
                    .thenComparing(Name::session)
                    .compare(this, other);
        }

        private String file() {
            String hex =
                    HexFormat.of()
                            .formatHex(stream.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return hex + "-" + session + "-" + SegmentRow.fileName(msn).replace(".ts", SUFFIX);
        }
    }

    /** A file's content. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Entry(String stream, String session, SegmentRow row, byte[] bytes) {}

    private Spool(Path directory, long maxBytes) {
        this.directory = directory;
        this.maxBytes = maxBytes;
    }

    /** Opens the directory, makes it when it is absent, and takes in what an earlier run left. */
    public static Spool open(Path directory, long maxBytes) {
        try {
            Files.createDirectories(directory);
            Spool spool = new Spool(directory, maxBytes);
            spool.recover();
            return spool;
        } catch (IOException e) {
            throw failed("can't be opened", directory, e);
        }
    }

    /** The damaged files of a directory; changes nothing. */
    public static List<Damage> check(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<Damage> damages = new ArrayList<>();
        try (Stream<Path> list = Files.list(directory)) {
            for (Path file : list.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(DAMAGED)) {
                    damages.add(
                            new Damage(
                                    Damage.Kind.SPOOL,
                                    file.toString(),
                                    0,
                                    "a segment that a start found damaged and put aside"));
                } else if (name.endsWith(SUFFIX) && !isWhole(file)) {
                    damages.add(
                            new Damage(
                                    Damage.Kind.SPOOL,
                                    file.toString(),
                                    0,
                                    "a segment whose checksum differs"));
                }
            }
        } catch (IOException e) {
            throw failed("can't be read", directory, e);
        }
        return damages;
    }

    private static boolean isWhole(Path file) throws IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            return false;
        }
        byte[] all = Files.readAllBytes(file);
        return all.length >= LEAST_FILE_BYTES && checks(all);
    }

    private static boolean checks(byte[] all) {
        CRC32C crc = new CRC32C();
        crc.update(all, 0, all.length - 4);
        return ByteBuffer.wrap(all).getInt(all.length - 4) == (int) crc.getValue();
    }

    private void recover() throws IOException {
        try (Stream<Path> list = Files.list(directory)) {
            for (Path file : list.toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.endsWith(DurableFile.WRITING)) {
                    Files.delete(file);
                } else if (name.endsWith(SUFFIX)) {
                    read(file).ifPresent(e -> register(e.stream(), e.session(), e.row()));
                }
            }
        }
    }

    private void register(String stream, String session, SegmentRow row) {
        files.put(new Name(stream, session, row.msn()), (long) row.sizeBytes());
        bytes.addAndGet(row.sizeBytes());
    }

    /** Segments that wait. */
    public int size() {
        return files.size();
    }

    public long bytes() {
        return bytes.get();
    }

    /** What waits, in the order in which it should leave. */
    public List<Name> names() {
        return new ArrayList<>(files.keySet());
    }

    /** Keeps a segment; false when the spool is full. Durable when it returns true. */
    public boolean add(Segment segment) throws IOException {
        SessionRow session = segment.session().row();
        Name name = new Name(session.stream(), session.id(), segment.row().msn());
        if (bytes.addAndGet(segment.row().sizeBytes()) > maxBytes) {
            bytes.addAndGet(-segment.row().sizeBytes());
            return false;
        }
        Path file = directory.resolve(name.file());
        try {
            DurableFile.replace(file, content(encode(session, segment.row()), segment));
        } catch (IOException e) {
            bytes.addAndGet(-segment.row().sizeBytes());
            throw e;
        }
        files.put(name, (long) segment.row().sizeBytes());
        return true;
    }

    private static ByteBuffer[] content(byte[] head, Segment segment) {
        CRC32C crc = new CRC32C();
        crc.update(head);
        crc.update(segment.bytes(), 0, segment.row().sizeBytes());
        return new ByteBuffer[] {
            ByteBuffer.wrap(head),
            ByteBuffer.wrap(segment.bytes(), 0, segment.row().sizeBytes()),
            ByteBuffer.allocate(4).putInt((int) crc.getValue()).flip()
        };
    }

    private static byte[] encode(SessionRow session, SegmentRow row) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeByte(VERSION);
            out.writeUTF(session.stream());
            out.writeUTF(session.id());
            out.writeLong(row.msn());
            byte[] encoded = Rows.encode(row);
            out.writeShort(encoded.length);
            out.write(encoded);
        }
        return bytes.toByteArray();
    }

    /** Reads a segment back; empty when it has left meanwhile. */
    public Optional<Entry> read(Name name) throws IOException {
        return files.containsKey(name) ? read(directory.resolve(name.file())) : Optional.empty();
    }

    /** The segment of a stream by its number. */
    public Optional<Entry> find(String stream, long msn) throws IOException {
        for (Name name :
                files.subMap(new Name(stream, "", msn), new Name(stream, "\uffff", msn)).keySet()) {
            return read(name);
        }
        return Optional.empty();
    }

    private Optional<Entry> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        if (Files.size(file) > MAX_FILE_BYTES) {
            return aside(file, "it is too large");
        }
        byte[] all = Files.readAllBytes(file);
        if (all.length < LEAST_FILE_BYTES) {
            return aside(file, "it is too short");
        }
        if (!checks(all)) {
            return aside(file, "its checksum is wrong");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(all))) {
            if (in.readInt() != MAGIC || in.readUnsignedByte() != VERSION) {
                return aside(file, "it is no spool file of this version");
            }
            String stream = in.readUTF();
            String session = in.readUTF();
            long msn = in.readLong();
            SegmentRow row = Rows.segment(msn, in.readNBytes(in.readUnsignedShort()));
            byte[] body = in.readNBytes(row.sizeBytes());
            return Optional.of(new Entry(stream, session, row, body));
        }
    }

    private static Optional<Entry> aside(Path file, String why) throws IOException {
        LOG.error("spool file {} is put aside: {}", file, why);
        Files.move(
                file,
                file.resolveSibling(file.getFileName() + DAMAGED),
                StandardCopyOption.REPLACE_EXISTING);
        return Optional.empty();
    }

    /** The store has it: the file goes. */
    public void remove(Name name) throws IOException {
        Long size = files.remove(name);
        if (size != null) {
            bytes.addAndGet(-size);
        }
        Files.deleteIfExists(directory.resolve(name.file()));
    }

    private static LiveException failed(String what, Path directory, IOException e) {
        return new LiveException(
                LiveException.Code.SPOOL, "spool " + directory + " " + what + ": " + e, e);
    }
}
