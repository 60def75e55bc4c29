package io.millrace.app;

import io.millrace.extents.Extents;
import io.millrace.extents.ExtentsException;
import io.millrace.extents.ExtentsOptions;
import io.millrace.extents.LocalExtents;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.keyspace.files.LogFile;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.Store;
import io.millrace.store.StoreOptions;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.content.ExpectedDigests;
import io.millrace.store.objects.AppendObject;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.ObjectReader;
import io.millrace.store.objects.PutObject;
import io.millrace.store.objects.WriteConditions;
import io.millrace.store.space.StoreException;
import io.millrace.store.uploads.CompleteUpload;
import io.millrace.store.uploads.UploadPart;
import io.millrace.work.Leases;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * A data directory that a real server wrote, as a kill and as a clean stop leave it, and what must
 * be in it.
 */
final class FlippedData {
    private static final String BUCKET = "kept";
    private static final int PART_BYTES = 110_000;

    /** Kinds of files, and the places in them that hold something. */
    enum Kind {
        LOG("keyspace", "\\d+\\.log", 0, 0),
        TABLE("keyspace", "\\d+\\.sst", 0, 53),
        BLOB("keyspace", "\\d+\\.blob", 0, 0),
        MANIFEST("keyspace", "MANIFEST-\\d+", 0, 0),
        VOLUME("extents", "\\d+\\.volume", 4_096, 0),
        SMALL("", "CURRENT|watermark|volumes\\.next|store\\.(identity|starts)", 0, 0);

        final String folder;
        final Pattern name;
        final int from;
        final int tail;

        Kind(String folder, String name, int from, int tail) {
            this.folder = folder;
            this.name = Pattern.compile(name);
            this.from = from;
            this.tail = tail;
        }
    }

    private final Path killed;
    private final Path stopped;
    private final Map<String, byte[]> objects = new TreeMap<>();
    private final List<String> deleted = new ArrayList<>();

    /**
     * What reading everything came to.
     *
     * @param refused the key space or the volumes did not open, and said why
     * @param told objects that were refused as damaged
     * @param silent objects that were absent or other without a word
     */
    record Outcome(boolean refused, List<String> told, List<String> silent) {}

    private FlippedData(Path directory) {
        this.killed = directory.resolve("killed");
        this.stopped = directory.resolve("stopped");
    }

    int objects() {
        return objects.size();
    }

    /** Runs a server, fills it, and keeps what a kill and what a clean stop would leave. */
    static FlippedData write(Path directory) throws IOException {
        FlippedData data = new FlippedData(directory);
        Path live = directory.resolve("live");
        for (int life = 0; life < 3; life++) {
            try (MillraceServer server = MillraceServer.open(serverSettings(live))) {
                data.fill(server.store(), life);
                if (life == 2) {
                    copy(live, data.killed);
                }
            }
        }
        copy(live, data.stopped);
        return data;
    }

    static Map<String, String> serverSettings(Path data) {
        Map<String, String> settings = new HashMap<>();
        settings.put("data", data.toString());
        settings.put("bind", "127.0.0.1");
        for (String door : List.of("object", "console", "edge", "rtmp")) {
            settings.put("doors." + door + ".port", "0");
        }
        return settings;
    }

    static Settings settings(Path data) {
        return Settings.load(null, Map.of(), serverSettings(data));
    }

    private void fill(Store store, int life) throws IOException {
        if (life == 0) {
            store.buckets().create(BUCKET, "tests", BucketAcl.PRIVATE);
        }
        for (int i = 0; i < 12; i++) {
            put(store, "small/" + life + "-" + i, 200 + i * 300);
            put(store, "overwritten/" + i, 500 + life * 1_000);
            String gone = "deleted/" + life + "-" + i;
            put(store, gone, 700);
            store.objects().delete(BUCKET, gone);
            objects.remove(gone);
            deleted.add(gone);
        }
        for (int i = 0; i < 4; i++) {
            put(store, "large/" + life + "-" + i, 60_000 + i * 70_000);
        }
        append(store, "camera/" + life, 900);
        append(store, "camera/long-" + life, 40_000);
        multipart(store, "parts/" + life);
    }

    private void put(Store store, String key, int length) {
        byte[] bytes = bytes(key + length, length);
        store.objects().put(PutObject.of(BUCKET, key, length), bytes);
        objects.put(key, bytes);
    }

    private void append(Store store, String key, int length) {
        byte[] all = new byte[0];
        for (int i = 0; i < 4; i++) {
            byte[] bytes = bytes(key + i, length);
            store.objects().append(AppendObject.of(BUCKET, key, all.length, length), bytes);
            int at = all.length;
            all = Arrays.copyOf(all, at + length);
            System.arraycopy(bytes, 0, all, at, length);
        }
        objects.put(key, all);
    }

    private void multipart(Store store, String key) {
        String id = store.uploads().initiate(BUCKET, key, ObjectMetadata.NONE).uploadId();
        byte[] all = bytes(key, 210_000);
        for (int part = 1; part <= 2; part++) {
            int from = (part - 1) * PART_BYTES;
            byte[] bytes = Arrays.copyOfRange(all, from, Math.min(all.length, from + PART_BYTES));
            store.uploads()
                    .uploadPart(
                            new UploadPart(
                                    BUCKET, key, id, part, bytes.length, ExpectedDigests.NONE),
                            new ByteArrayInputStream(bytes));
        }
        store.uploads()
                .complete(
                        new CompleteUpload(
                                BUCKET,
                                key,
                                id,
                                List.of(),
                                ExpectedDigests.NONE,
                                WriteConditions.NONE));
        objects.put(key, all);
    }

    static byte[] bytes(String name, int length) {
        byte[] bytes = new byte[length];
        new Random(name.hashCode()).nextBytes(bytes);
        return bytes;
    }

    /** A log has records only after a kill; other files are taken from either. */
    Path base(Kind kind, Random random) {
        return kind == Kind.LOG || random.nextBoolean() ? killed : stopped;
    }

    /** Flips a bit in a place that holds something; says where. */
    String flip(Path data, Kind kind, Random random) throws IOException {
        Path file = file(data, kind, random);
        long bit = place(file, kind, random) * 8 + random.nextInt(8);
        write(file, bit / 8, 1, (byte) (1 << bit % 8));
        return file + " bit " + bit;
    }

    /** Turns 32 bytes over; says where. */
    String hole(Path data, Kind kind, Random random) throws IOException {
        Path file = file(data, kind, random);
        long at = place(file, kind, random);
        write(file, at, 32, (byte) 0x5A);
        return file + " at " + at;
    }

    private static void write(Path file, long at, int length, byte difference) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            for (long i = at; i < Math.min(at + length, bytes.length()); i++) {
                bytes.seek(i);
                int value = bytes.read();
                bytes.seek(i);
                bytes.write(value ^ difference);
            }
        }
    }

    private static Path file(Path data, Kind kind, Random random) throws IOException {
        List<Path> files =
                files(data.resolve(kind.folder)).stream()
                        .filter(f -> kind.name.matcher(f.getFileName().toString()).matches())
                        .filter(f -> f.toFile().length() > kind.from + kind.tail)
                        .toList();
        return files.get(random.nextInt(files.size()));
    }

    private static long place(Path file, Kind kind, Random random) throws IOException {
        long size = Files.size(file);
        if (kind == Kind.LOG || kind == Kind.MANIFEST) {
            List<LogFile.Entry> records = new ArrayList<>();
            LogFile.read(file, part -> records.add((LogFile.Entry) part));
            LogFile.Entry record = records.get(random.nextInt(records.size()));
            return record.offset() + random.nextInt(7 + record.payload().length);
        }
        if (kind == Kind.VOLUME) {
            size = used(file);
        }
        return kind.from + random.nextLong(size - kind.from - kind.tail);
    }

    /** One past the last byte that isn't zero. */
    private static long used(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int used = bytes.length;
        while (used > 4_097 && bytes[used - 1] == 0) {
            used--;
        }
        return used;
    }

    /** Opens a directory as a server does and reads everything. */
    Outcome read(Path data) throws IOException {
        List<String> told = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        // The copy of a store is refused elsewhere unless a person says that it is the store now.
        Files.writeString(data.resolve("extents").resolve("store.adopt"), "");
        try (KeySpace keySpace = RocksKeySpace.open(data.resolve("keyspace"));
                Extents extents =
                        LocalExtents.open(
                                List.of(data.resolve("extents")), ExtentsOptions.standard());
                Leases leases =
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                Store store =
                        Store.open(
                                keySpace,
                                leases,
                                extents,
                                StoreOptions.defaults(),
                                Clocks.system())) {
            objects.forEach((key, bytes) -> read(store, key, bytes, told, silent));
            for (String key : deleted) {
                absent(store, key, told, silent);
            }
            return new Outcome(false, told, silent);
        } catch (KeySpaceException e) {
            return refused(e.code() == KeySpaceException.Code.CORRUPT, e);
        } catch (ExtentsException e) {
            return refused(e.code() == ExtentsException.Code.CORRUPT, e);
        } catch (StoreException e) {
            return refused(e.code() == StoreException.Code.CORRUPT, e);
        }
    }

    private static Outcome refused(boolean damage, RuntimeException e) {
        if (!damage) {
            throw e;
        }
        return new Outcome(true, List.of(), List.of());
    }

    private static void read(
            Store store, String key, byte[] bytes, List<String> told, List<String> silent) {
        try {
            Optional<ObjectReader> open = store.objects().open(BUCKET, key);
            if (open.isEmpty()) {
                silent.add(key + " is absent");
                return;
            }
            byte[] read = new byte[bytes.length + 1];
            int length = open.get().read(0, read, 0, read.length);
            if (length != bytes.length || !Arrays.equals(bytes, Arrays.copyOf(read, length))) {
                silent.add(key + " has other bytes");
            }
        } catch (StoreException e) {
            tell(e, key, told, silent);
        }
    }

    private static void absent(Store store, String key, List<String> told, List<String> silent) {
        try {
            if (store.objects().head(BUCKET, key).isPresent()) {
                silent.add(key + " was deleted and is back");
            }
        } catch (StoreException e) {
            tell(e, key, told, silent);
        }
    }

    private static void tell(StoreException e, String key, List<String> told, List<String> silent) {
        if (e.code() == StoreException.Code.CORRUPT) {
            told.add(key);
        } else {
            silent.add(key + ": " + e.code() + " " + e.getMessage());
        }
    }

    static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(f -> !f.toString().contains("/native/"))
                    .sorted()
                    .toList();
        }
    }

    static long sum(Path file) {
        try {
            CRC32C crc = new CRC32C();
            crc.update(Files.readAllBytes(file));
            return crc.getValue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void copy(Path from, Path to) throws IOException {
        for (Path file : files(from)) {
            Path copy = to.resolve(from.relativize(file).toString());
            Files.createDirectories(copy.getParent());
            Files.copy(file, copy);
        }
    }

    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
