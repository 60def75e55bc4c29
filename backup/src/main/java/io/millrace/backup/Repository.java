package io.millrace.backup;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A target with backups in it: {@code millrace-backup.json} says what it is, {@code backups/ID} are
 * the manifests, {@code pieces/XX/ID} the content, each piece once however many backups have it.
 * Pieces are written before the manifest that names them; a piece counts as there only when it is
 * listed with its right length. For one writer at a time: the hold that each backup needs sees to
 * that within a server, {@link Lineage} and {@link #finish} among servers.
 */
public final class Repository {
    /** Bytes of a piece but a file's last. */
    static final int PIECE_BYTES = 4 << 20;

    /** A manifest of some 100 TB. */
    private static final int MANIFEST_BYTES = 1 << 30;

    private static final List<String> HEADERS =
            List.of("millrace-backup.json", "millrace-backup.copy.json");
    private static final String BACKUPS = "backups/";
    private static final String PIECES = "pieces/";

    private final Target target;
    private final Header header;
    private final Seals seals;
    private final Map<String, Long> present = new HashMap<>();
    private final Set<String> checked = new HashSet<>();

    /** Pieces that the backup under way has. */
    private final Set<String> used = new HashSet<>();

    private List<String> before;
    private boolean checking;

    private Repository(Target target, Header header, Seals seals) {
        this.target = target;
        this.header = header;
        this.seals = seals;
        this.before = backups();
        listPieces();
    }

    /** What else lies there is not ours, and stays. */
    private void listPieces() {
        present.clear();
        target.list(PIECES)
                .forEach(
                        (name, size) -> {
                            String piece = name.substring(name.lastIndexOf('/') + 1);
                            if (Manifest.isPiece(piece) && name.equals(name(piece))) {
                                present.put(piece, size);
                            }
                        });
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
            HEADERS.forEach(name -> restoreHeader(target, name, found.get()));
            return new Repository(target, found.get(), found.get().open(keyFile));
        }
        if (!target.list("").isEmpty()) {
            throw new BackupException(
                    BackupException.Code.INVALID,
                    target + " holds something else; name an empty place for backups");
        }
        Header.Opened made = Header.make(source, keyFile);
        HEADERS.forEach(name -> target.put(name, Json.write(made.header())));
        return new Repository(target, made.header(), made.seals());
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
        return new Repository(target, header, header.open(keyFile));
    }

    /** The first header that is whole; one that is damaged is no reason to begin anew. */
    private static Optional<Header> header(Target target) {
        BackupException damaged = null;
        for (String name : HEADERS) {
            try {
                Optional<byte[]> bytes = target.get(name);
                if (bytes.isPresent()) {
                    return Optional.of(
                            Json.read(
                                    bytes.get(),
                                    Header.class,
                                    Header.VERSION,
                                    name + " in " + target));
                }
            } catch (BackupException e) {
                if (e.code() != BackupException.Code.DAMAGED) {
                    throw e;
                }
                damaged = e;
            }
        }
        if (damaged != null) {
            throw damaged;
        }
        return Optional.empty();
    }

    /** Which of the target's own files, each of which can stand for the other, is not right. */
    List<String> damagedHeaders() {
        byte[] right = Json.write(header);
        return HEADERS.stream().filter(name -> !holds(target, name, right)).toList();
    }

    private static void restoreHeader(Target target, String name, Header header) {
        byte[] right = Json.write(header);
        if (!holds(target, name, right)) {
            target.put(name, right);
        }
    }

    private static boolean holds(Target target, String name, byte[] right) {
        return readable(target, name).map(bytes -> Arrays.equals(bytes, right)).orElse(false);
    }

    /** Empty also for what is there and can't be read. */
    private static Optional<byte[]> readable(Target target, String name) {
        try {
            return target.get(name);
        } catch (BackupException e) {
            if (e.code() != BackupException.Code.DAMAGED) {
                throw e;
            }
            return Optional.empty();
        }
    }

    boolean encrypting() {
        return seals.encrypting();
    }

    /** From now on a piece counts as there only when it was read and is right. */
    void check() {
        checking = true;
    }

    /** The ids of all backups, oldest first. */
    public List<String> backups() {
        return target.list(BACKUPS).keySet().stream()
                .map(n -> n.substring(BACKUPS.length()))
                .filter(Manifest::isId)
                .toList();
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
            throw damaged(name, null);
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            byte[] text = in.readNBytes(MANIFEST_BYTES);
            return Json.read(text, Manifest.class, Manifest.VERSION, "the manifest " + name);
        } catch (IOException e) {
            throw damaged(name, e);
        }
    }

    private static BackupException damaged(String name, @Nullable Exception cause) {
        return new BackupException(
                BackupException.Code.DAMAGED,
                "the manifest " + name + " is damaged; choose another backup (--list)",
                cause);
    }

    /** The newest backup whose manifest is whole. */
    Optional<Manifest> latest() {
        for (String id : before.reversed()) {
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

    /** The id of the newest backup that was there when this was opened; empty for none. */
    String newest() {
        return before.isEmpty() ? "" : before.getLast();
    }

    /**
     * The backup exists when this returns.
     *
     * @throws BackupException BUSY when somebody else finished one since this was opened, made the
     *     target theirs, or took pieces away: what was thought to be there may not be
     */
    void finish(Manifest manifest) {
        if (!header(target).equals(Optional.of(header))) {
            throw new BackupException(
                    BackupException.Code.BUSY,
                    "another server has begun to use " + target + " meanwhile; run this one again");
        }
        if (!backups().equals(before)) {
            throw new BackupException(
                    BackupException.Code.BUSY,
                    "another backup into " + target + " has ended meanwhile; run this one again");
        }
        listPieces();
        checking = false;
        for (Manifest.File file : manifest.files()) {
            for (int i = 0; i < file.pieces().size(); i++) {
                if (!has(file.pieces().get(i), file.pieceBytes(i))) {
                    throw new BackupException(
                            BackupException.Code.BUSY,
                            "a piece has gone from " + target + " meanwhile; run this again");
                }
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(Json.write(manifest));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String name = BACKUPS + manifest.id();
        put(name, seals.seal(name, bytes.toByteArray(), bytes.size()));
        before = backups();
    }

    /** Whether a piece is there with so many bytes of content. */
    boolean has(String piece, int length) {
        Long stored = present.get(piece);
        if (stored == null || stored != seals.sealedBytes(length)) {
            return false;
        }
        if (checking && !checked.contains(piece)) {
            if (get(piece).isEmpty()) {
                present.remove(piece);
                return false;
            }
            checked.add(piece);
        }
        used.add(piece);
        return true;
    }

    String id(byte[] bytes, int length) {
        return seals.id(bytes, length);
    }

    /** Keeps a piece; answers how many bytes were written, 0 when it was there. */
    int put(String id, byte[] bytes, int length) {
        if (has(id, length)) {
            return 0;
        }
        byte[] stored = seals.seal(id, bytes, length);
        put(name(id), stored);
        present.put(id, (long) stored.length);
        checked.add(id);
        used.add(id);
        return stored.length;
    }

    private void put(String name, byte[] stored) {
        try {
            target.put(name, stored);
        } catch (BackupException e) {
            if (e.code() != BackupException.Code.FULL || !makeRoom()) {
                throw e;
            }
            target.put(name, stored);
        }
    }

    /** What backups that were cut off have left and this one has not come to. */
    private boolean makeRoom() {
        return removeAllBut(used);
    }

    /** There is no room for the backup under way: where a server needs it, it gets it back. */
    void cutOff() {
        if (target.isShared()) {
            removeAllBut(Set.of());
        }
    }

    /** And what backups have. Nothing goes when a manifest can't be read. */
    private boolean removeAllBut(Set<String> kept) {
        Set<String> needed = new HashSet<>(kept);
        try {
            backups().forEach(id -> needed.addAll(manifest(id).pieces()));
        } catch (BackupException e) {
            return false;
        }
        tidy();
        List<String> left = present.keySet().stream().filter(p -> !needed.contains(p)).toList();
        for (String piece : left) {
            target.delete(name(piece));
            present.remove(piece);
        }
        return true;
    }

    private void tidy() {
        target.tidy(PIECES);
        target.tidy(BACKUPS);
    }

    /** The content of a piece, checked; empty when it is missing or not what was written. */
    Optional<byte[]> get(String id) {
        return readable(target, name(id))
                .flatMap(stored -> Optional.ofNullable(seals.open(id, stored)))
                .filter(bytes -> seals.id(bytes, bytes.length).equals(id));
    }

    /**
     * Removes all backups but the newest {@code keep}, and every piece that no other has: those of
     * backups that were cut off, too. Nothing goes when a manifest that stays can't be read.
     *
     * @param alone asked before each piece goes: whether nobody else can be writing
     * @return how many backups went
     */
    public int prune(int keep, BooleanSupplier alone) {
        List<String> all = backups();
        List<String> gone = all.subList(0, Math.max(0, all.size() - keep));
        Set<String> needed = new HashSet<>();
        all.subList(gone.size(), all.size()).forEach(id -> needed.addAll(manifest(id).pieces()));
        gone.forEach(id -> target.delete(BACKUPS + id));
        listPieces();
        for (String piece : new ArrayList<>(present.keySet())) {
            if (!needed.contains(piece)) {
                if (!alone.getAsBoolean()) {
                    throw new BackupException(
                            BackupException.Code.HOLD_LOST,
                            "the backup is made, but not everything old is removed: the next one"
                                    + " goes on with that");
                }
                target.delete(name(piece));
                present.remove(piece);
            }
        }
        if (alone.getAsBoolean()) {
            tidy();
        }
        return gone.size();
    }

    private static String name(String piece) {
        return PIECES + piece.substring(0, 2) + "/" + piece;
    }

    @Override
    public String toString() {
        return target.toString();
    }
}
