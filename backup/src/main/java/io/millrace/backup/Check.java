package io.millrace.backup;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads backups from their target against what proves them right, each piece once however many of
 * them use it, and writes nothing. Memory in proportion to the pieces.
 */
public final class Check {
    private final Repository repository;
    private final List<String> ids;
    private final Progress progress;
    private final List<Wrong> wrong = new ArrayList<>();

    /** Every piece that is used, and how many bytes it stands for. */
    private final Map<String, Integer> pieces = new LinkedHashMap<>();

    /**
     * Something that is missing or is not what was written.
     *
     * @param what the manifest, the target's own file, or a file of the data and its piece
     * @param backups which can't be restored for that; none for the target's own file, of which
     *     there are two
     */
    public record Wrong(String what, List<String> backups) {
        public Wrong {
            backups = List.copyOf(backups);
        }

        @Override
        public String toString() {
            return "damaged: "
                    + what
                    + (backups.isEmpty() ? "" : ", of " + String.join(", ", backups));
        }
    }

    /** What was read and what of it is wrong. */
    public record Report(int backups, int pieces, long sizeBytes, List<Wrong> wrong) {
        public Report {
            wrong = List.copyOf(wrong);
        }
    }

    private Check(Repository repository, List<String> ids, Progress progress) {
        this.repository = repository;
        this.ids = ids;
        this.progress = progress;
    }

    /**
     * Checks some backups, and the target's own files.
     *
     * @param ids all those of {@link Repository#backups}, or one
     */
    public static Report run(Repository repository, List<String> ids, Progress progress) {
        return new Check(repository, List.copyOf(ids), progress).run();
    }

    private Report run() {
        repository.damagedHeaders().forEach(name -> wrong.add(new Wrong(name, List.of())));
        for (String id : ids) {
            manifest(id, true).ifPresent(this::collect);
        }
        long total = 0;
        for (int length : pieces.values()) {
            total += length;
        }
        name(read(total));
        return new Report(ids.size(), pieces.size(), total, wrong);
    }

    /** Empty when it is damaged, or went to make room meanwhile. */
    private Optional<Manifest> manifest(String id, boolean told) {
        try {
            return Optional.of(repository.manifest(id));
        } catch (BackupException e) {
            return switch (e.code()) {
                case DAMAGED -> {
                    if (told) {
                        wrong.add(new Wrong("its manifest", List.of(id)));
                    }
                    yield Optional.empty();
                }
                case NOT_FOUND -> Optional.empty();
                case UNAVAILABLE, FULL, BUSY, HOLD_LOST, KEY, FORMAT, INVALID -> throw e;
            };
        }
    }

    private void collect(Manifest manifest) {
        for (Manifest.File file : manifest.files()) {
            for (int i = 0; i < file.pieces().size(); i++) {
                pieces.put(file.pieces().get(i), file.pieceBytes(i));
            }
        }
    }

    private Set<String> read(long total) {
        Set<String> damaged = new HashSet<>();
        long done = 0;
        for (Map.Entry<String, Integer> piece : pieces.entrySet()) {
            int length = piece.getValue();
            byte[] bytes = repository.get(piece.getKey()).orElse(new byte[0]);
            if (bytes.length != length) {
                damaged.add(piece.getKey());
            }
            done += length;
            progress.at(done, total);
        }
        return damaged;
    }

    /**
     * Asks the manifests again: pieces of a backup that was removed meanwhile are missed by none.
     */
    private void name(Set<String> damaged) {
        Map<String, List<String>> hit = new TreeMap<>();
        for (String id : damaged.isEmpty() ? List.<String>of() : ids) {
            manifest(id, false).ifPresent(manifest -> name(manifest, damaged, hit));
        }
        hit.forEach((what, backups) -> wrong.add(new Wrong(what, backups)));
    }

    private static void name(
            Manifest manifest, Set<String> damaged, Map<String, List<String>> hit) {
        for (Manifest.File file : manifest.files()) {
            for (String piece : file.pieces()) {
                if (damaged.contains(piece)) {
                    List<String> backups =
                            hit.computeIfAbsent(
                                    Restore.named(file, piece), what -> new ArrayList<>());
                    if (!backups.contains(manifest.id())) {
                        backups.add(manifest.id());
                    }
                }
            }
        }
    }
}
