package io.millrace.backup;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A target with backups in it: {@code millrace-backup.json} says what it is, {@code backups/ID} are
 * the manifests, {@code pieces/XX/ID} the content, each piece once however many backups have it.
 * Pieces are written before the manifest that names them. For one writer at a time; the hold that
 * each backup needs sees to that.
 */
public final class Repository {
    /** Bytes of a piece but a file's last. */
    static final int PIECE_BYTES = 4 << 20;

    private static final String HEADER = "millrace-backup.json";
    private static final String BACKUPS = "backups/";
    private static final String PIECES = "pieces/";
    private static final ObjectMapper JSON =
            new ObjectMapper()
                    .registerModule(
                            new SimpleModule()
                                    .addSerializer(Instant.class, ToStringSerializer.instance)
                                    .addDeserializer(Instant.class, new Instants()));

    /** Times are ISO 8601. */
    private static final class Instants extends StdDeserializer<Instant> {
        private static final long serialVersionUID = 1L;

        Instants() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            return Instant.parse(parser.getText());
        }
    }

    private final Target target;
    private final Seals seals;
    private final Set<String> present = new HashSet<>();

    private Repository(Target target, Seals seals) {
        this.target = target;
        this.seals = seals;
        for (String name : target.list(PIECES)) {
            present.add(name.substring(name.lastIndexOf('/') + 1));
        }
    }

    /**
     * Opens a target for a server's backups; an empty one is made.
     *
     * @param source the id of the server's key space: a target takes the backups of one
     * @param keyFile the text that encrypts; null for none
     */
    public static Repository openOrMake(Target target, String source, @Nullable Path keyFile) {
        Optional<Header> found = header(target);
        if (found.isPresent()) {
            if (!found.get().source().equals(source)) {
                throw new BackupException(
                        BackupException.Code.INVALID,
                        target + " has the backups of another server; use one target for each");
            }
            return new Repository(target, found.get().open(keyFile));
        }
        if (!target.list("").isEmpty()) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    target + " holds something else; name an empty place for backups");
        }
        Header.Opened made = Header.make(source, keyFile);
        target.put(HEADER, write(made.header()));
        return new Repository(target, made.seals());
    }

    /** Opens a target that has backups. */
    public static Repository open(Target target, @Nullable Path keyFile) {
        Header header =
                header(target)
                        .orElseThrow(
                                () ->
                                        new BackupException(
                                                BackupException.Code.NOT_FOUND,
                                                "there are no backups in " + target));
        return new Repository(target, header.open(keyFile));
    }

    private static Optional<Header> header(Target target) {
        return target.get(HEADER).map(bytes -> read(bytes, Header.class, HEADER));
    }

    boolean encrypting() {
        return seals.encrypting();
    }

    /** The ids of all backups, oldest first. */
    public List<String> backups() {
        return target.list(BACKUPS).stream().map(n -> n.substring(BACKUPS.length())).toList();
    }

    /** One backup, by its id or the words {@code latest}. */
    public Manifest manifest(String id) {
        List<String> all = backups();
        String chosen = id.equals("latest") && !all.isEmpty() ? all.getLast() : id;
        String name = BACKUPS + chosen;
        byte[] stored = all.contains(chosen) ? target.get(name).orElse(null) : null;
        if (stored == null) {
            throw new BackupException(
                    BackupException.Code.NOT_FOUND,
                    "there is no backup " + chosen + " in " + target);
        }
        byte[] bytes = seals.open(name, stored);
        if (bytes == null) {
            throw new BackupException(
                    BackupException.Code.DAMAGED, "the manifest " + name + " is damaged");
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            Manifest manifest = read(in.readAllBytes(), Manifest.class, name);
            if (manifest.version() != Manifest.VERSION) {
                throw new BackupException(
                        BackupException.Code.FORMAT,
                        name + " has form " + manifest.version() + ": a newer Millrace wrote it");
            }
            return manifest;
        } catch (IOException e) {
            throw new BackupException(BackupException.Code.DAMAGED, name + " is damaged", e);
        }
    }

    /** The newest backup whose manifest is whole. */
    Optional<Manifest> latest() {
        for (String id : backups().reversed()) {
            try {
                return Optional.of(manifest(id));
            } catch (BackupException e) {
                if (e.code() != BackupException.Code.DAMAGED) {
                    throw e;
                }
            }
        }
        return Optional.empty();
    }

    /** The backup exists when this returns. */
    void finish(Manifest manifest) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(write(manifest));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String name = BACKUPS + manifest.id();
        target.put(name, seals.seal(name, bytes.toByteArray(), bytes.size()));
    }

    boolean has(String piece) {
        return present.contains(piece);
    }

    String id(byte[] bytes, int length) {
        return seals.id(bytes, length);
    }

    /** Keeps a piece; answers how many bytes were written, 0 when it was there. */
    int put(String id, byte[] bytes, int length) {
        if (!present.add(id)) {
            return 0;
        }
        byte[] stored = seals.seal(id, bytes, length);
        target.put(name(id), stored);
        return stored.length;
    }

    /** The content of a piece, checked; empty when it is missing or not what was written. */
    Optional<byte[]> get(String id) {
        return target.get(name(id))
                .flatMap(stored -> Optional.ofNullable(seals.open(id, stored)))
                .filter(bytes -> seals.id(bytes, bytes.length).equals(id));
    }

    /**
     * Removes all backups but the newest {@code keep} and the pieces that no other has.
     *
     * @return how many backups went
     */
    public int prune(int keep) {
        List<String> all = backups();
        List<String> gone = all.subList(0, Math.max(0, all.size() - keep));
        if (gone.isEmpty()) {
            return 0;
        }
        Set<String> needed = new HashSet<>();
        all.subList(gone.size(), all.size()).forEach(id -> needed.addAll(manifest(id).pieces()));
        gone.forEach(id -> target.delete(BACKUPS + id));
        for (String piece : new ArrayList<>(present)) {
            if (!needed.contains(piece)) {
                target.delete(name(piece));
                present.remove(piece);
            }
        }
        return gone.size();
    }

    private static String name(String piece) {
        return PIECES + piece.substring(0, 2) + "/" + piece;
    }

    static byte[] write(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static <T> T read(byte[] bytes, Class<T> type, String what) {
        try {
            return JSON.readValue(bytes, type);
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Code.FORMAT, what + " is no part of a backup", e);
        }
    }

    @Override
    public String toString() {
        return target.toString();
    }
}
