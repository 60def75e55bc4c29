package io.millrace.store.buckets;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Clocks;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.space.Space;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import io.millrace.store.space.VersionIds;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The buckets. Thread-safe.
 *
 * <p>A put never guards its bucket, that would make one key hot. So a deletion first marks the
 * bucket, then waits until no cache shows it as alive any more and no commit that began before is
 * still under way, then looks whether it is empty. A commit that took longer than the caches live
 * looks at the bucket again ({@link #confirm}) before anyone hears of it.
 *
 * <p>Where this process has the key space to itself nothing is waited out: the mark makes what was
 * looked up before it stale, and a commit that began before it hears how the deletion ended.
 */
public final class Buckets {
    /** The most buckets held in memory. */
    private static final int CACHED = 10_000;

    /** Records read at once. */
    private static final int PAGE = 1000;

    /** The most bytes of one bucket's record: its CORS rules, that is. */
    private static final int MAX_RECORD_BYTES = 32 * 1024;

    /** A deletion that stands longer was left behind by a crash. */
    private static final Duration STALE_DELETION = Duration.ofSeconds(60);

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern ADDRESS = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");

    private final Space space;
    private final VersionIds ids;
    private final String region;
    private final Duration cacheTime;
    private final InstantSource clock;
    private final MonotonicClock monotonic;
    private final Consumer<Duration> pause;

    /** No other process changes the key space. */
    private final boolean alone;

    /** Held while a bucket is deleted, when alone. */
    private final ReentrantLock deletion = new ReentrantLock();

    /** When the latest deletion had its mark; counts when alone. */
    private volatile long markedNanos;

    private final ConcurrentHashMap<String, Cached> byName = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Long, Cached> byId = new ConcurrentHashMap<>();

    /** The names of those that this process deleted lately. */
    private final ConcurrentHashMap<Long, String> deleted = new ConcurrentHashMap<>();

    /** A bucket as it was read not before {@code nanos}. */
    private record Cached(Bucket bucket, long nanos) {}

    /**
     * Made by the store.
     *
     * @param region what new buckets say their region is
     * @param cacheTime how long a bucket's settings may be served from memory
     */
    public Buckets(Space space, VersionIds ids, String region, Duration cacheTime, Clocks clocks) {
        this(space, ids, region, cacheTime, clocks, Space::pause, !space.shared());
    }

    /**
     * @param pause for as long as others may still show a bucket that is being deleted
     * @param alone no other process changes the key space
     */
    Buckets(
            Space space,
            VersionIds ids,
            String region,
            Duration cacheTime,
            Clocks clocks,
            Consumer<Duration> pause,
            boolean alone) {
        this.space = space;
        this.ids = ids;
        this.region = region;
        this.cacheTime = cacheTime;
        this.clock = clocks.wall();
        this.monotonic = clocks.monotonic();
        this.pause = pause;
        this.alone = alone;
        this.markedNanos = monotonic.nanos();
    }

    /** Makes a bucket in the server's region, durable when it returns. */
    public CreateBucketOutcome create(String name, String owner, BucketAcl acl) {
        return create(name, owner, acl, "");
    }

    /**
     * Makes a bucket, durable when it returns.
     *
     * @param place where its maker says that it is; empty: in the server's region
     */
    public CreateBucketOutcome create(String name, String owner, BucketAcl acl, String place) {
        Optional<String> wrong = wrongName(name);
        if (wrong.isPresent()) {
            return new CreateBucketOutcome.InvalidName(wrong.get());
        }
        byte[] key = StoreKeys.bucket(name);
        while (true) {
            byte[] present = space.get(key);
            if (present != null) {
                BucketRow row = BucketRow.decode(present);
                boolean yours = row.owner().equals(owner) && row.deletingSinceMillis() == 0;
                return yours
                        ? new CreateBucketOutcome.OwnedByYou(row.bucket(name))
                        : new CreateBucketOutcome.Exists();
            }
            long now = clock.instant().toEpochMilli();
            boolean placed = !place.isEmpty();
            BucketRow row =
                    new BucketRow(
                            ids.next(),
                            owner,
                            placed ? place : region,
                            placed,
                            acl,
                            List.of(),
                            false,
                            now,
                            0);
            byte[] record = row.encode();
            Batch.Builder batch =
                    Batch.builder()
                            .absent(key)
                            .put(key, record)
                            .put(StoreKeys.bucketName(row.id()), StoreKeys.utf8(name));
            if (space.commit(batch, () -> Arrays.equals(space.get(key), record))) {
                byName.remove(name);
                return new CreateBucketOutcome.Created(row.bucket(name));
            }
        }
    }

    /** The bucket of that name, from a cache of at most a second. */
    public Optional<Bucket> get(String name) {
        Cached cached = byName.get(name);
        long now = monotonic.nanos();
        if (cached != null && fresh(cached, now)) {
            return Optional.of(cached.bucket());
        }
        if (wrongName(name).isPresent()) {
            return Optional.empty();
        }
        byte[] record = space.get(StoreKeys.bucket(name));
        if (record == null) {
            return Optional.empty();
        }
        BucketRow row = BucketRow.decode(record);
        if (row.deletingSinceMillis() != 0) {
            return Optional.empty();
        }
        Bucket bucket = row.bucket(name);
        remember(byName, name, new Cached(bucket, now));
        return Optional.of(bucket);
    }

    /** The bucket of that id, for readers of the change log; from a cache of at most a second. */
    public Optional<Bucket> byId(long id) {
        Cached cached = byId.get(id);
        long now = monotonic.nanos();
        if (cached != null && fresh(cached, now)) {
            return Optional.of(cached.bucket());
        }
        byte[] name = space.get(StoreKeys.bucketName(id));
        Optional<Bucket> bucket =
                name == null
                        ? Optional.empty()
                        : get(new String(name, StandardCharsets.UTF_8)).filter(b -> b.id() == id);
        bucket.ifPresent(found -> remember(byId, id, new Cached(found, now)));
        return bucket;
    }

    /** All buckets in the order of their names. */
    public List<Bucket> list() {
        List<Bucket> buckets = new ArrayList<>();
        for (Entry entry : rows(space)) {
            BucketRow row = BucketRow.decode(entry.value());
            if (row.deletingSinceMillis() == 0) {
                buckets.add(row.bucket(StoreKeys.bucketName(entry.key())));
            }
        }
        return buckets;
    }

    private static List<Entry> rows(Space space) {
        List<Entry> rows = new ArrayList<>();
        byte[] prefix = StoreKeys.buckets();
        byte[] after = prefix;
        while (true) {
            List<Entry> page = space.scan(Scan.prefixAfter(prefix, after, PAGE));
            rows.addAll(page);
            if (page.size() < PAGE) {
                return rows;
            }
            after = page.getLast().key();
        }
    }

    /**
     * Deletes a bucket that holds nothing. Takes twice as long as a bucket may be cached where
     * others use the key space, too.
     */
    public DeleteBucketOutcome delete(String name) {
        if (!alone) {
            return markAndDelete(name);
        }
        deletion.lock();
        try {
            return markAndDelete(name);
        } finally {
            deletion.unlock();
        }
    }

    private DeleteBucketOutcome markAndDelete(String name) {
        byte[] key = StoreKeys.bucket(name);
        byte[] record = space.get(key);
        if (record == null) {
            return new DeleteBucketOutcome.NoSuchBucket();
        }
        BucketRow row = BucketRow.decode(record);
        if (row.deletingSinceMillis() != 0) {
            return new DeleteBucketOutcome.NoSuchBucket();
        }
        String holds = holds(row.id());
        if (holds != null) {
            return new DeleteBucketOutcome.NotEmpty(holds);
        }
        byte[] marked = row.deletingSince(space.now().toEpochMilli()).encode();
        if (!replace(key, record, marked)) {
            return markAndDelete(name);
        }
        forget(name, row.id());
        if (alone) {
            markedNanos = monotonic.nanos();
        } else {
            pause.accept(cacheTime.multipliedBy(2));
        }
        holds = holds(row.id());
        if (holds != null) {
            replace(key, marked, record);
            return new DeleteBucketOutcome.NotEmpty(holds);
        }
        byte[] counters = StoreKeys.counters(row.id());
        Batch.Builder batch =
                Batch.builder()
                        .holds(key, marked)
                        .delete(key)
                        .delete(StoreKeys.bucketName(row.id()))
                        .deleteRange(counters, Keys.afterPrefix(counters));
        if (!space.commit(batch, () -> isGone(key, row.id()))) {
            // It took so long that another node has given the bucket back.
            return markAndDelete(name);
        }
        remember(deleted, row.id(), name);
        return new DeleteBucketOutcome.Deleted();
    }

    /** What a bucket was called that this process deleted lately; empty when nobody knows. */
    public Optional<String> deletedName(long id) {
        return Optional.ofNullable(deleted.get(id));
    }

    /** Not when another node has given it back. */
    private boolean isGone(byte[] key, long id) {
        byte[] record = space.get(key);
        return record == null || BucketRow.decode(record).id() != id;
    }

    /** Sets who may use the bucket unsigned; answers the bucket as it is now. */
    public Bucket setAcl(String name, BucketAcl acl) {
        return change(name, row -> row.with(acl));
    }

    /** Replaces the CORS rules alone; an empty list removes them and the mark. At most 32 KiB. */
    public Bucket setCors(String name, List<CorsRule> rules) {
        return change(name, row -> row.with(rules, row.corsVary() && !rules.isEmpty()));
    }

    /** The same; with {@code vary} every answer says that it depends on the page's origin. */
    public Bucket setCors(String name, List<CorsRule> rules, boolean vary) {
        return change(name, row -> row.with(rules, vary));
    }

    private Bucket change(String name, UnaryOperator<BucketRow> change) {
        byte[] key = StoreKeys.bucket(name);
        while (true) {
            byte[] record = space.get(key);
            if (record == null || BucketRow.decode(record).deletingSinceMillis() != 0) {
                throw noSuchBucket(name);
            }
            BucketRow changed = change.apply(BucketRow.decode(record));
            byte[] now = changed.encode();
            if (now.length > MAX_RECORD_BYTES) {
                throw StoreKeys.invalid(
                        "a bucket's settings take at most " + MAX_RECORD_BYTES + " bytes");
            }
            if (replace(key, record, now)) {
                forget(name, changed.id());
                return changed.bucket(name);
            }
        }
    }

    private boolean replace(byte[] key, byte[] from, byte[] to) {
        return replace(space, key, from, to);
    }

    private static boolean replace(Space space, byte[] key, byte[] from, byte[] to) {
        return space.commit(
                Batch.builder().holds(key, from).put(key, to),
                () -> Arrays.equals(space.get(key), to));
    }

    /** The bucket, or NO_SUCH_BUCKET. */
    public Bucket require(String name) {
        return get(name).orElseThrow(() -> noSuchBucket(name));
    }

    /**
     * Called after a commit into a bucket that was looked up at {@code sinceNanos}: when that is
     * long ago, or before a deletion's mark, the bucket may have been deleted between, and then
     * nobody may hear of a success.
     */
    public void confirm(Bucket bucket, long sinceNanos) {
        if (current(sinceNanos, monotonic.nanos())) {
            return;
        }
        if (!alone) {
            look(bucket);
            return;
        }
        deletion.lock();
        try {
            look(bucket);
        } finally {
            deletion.unlock();
        }
    }

    private void look(Bucket bucket) {
        byte[] record = space.get(StoreKeys.bucket(bucket.name()));
        BucketRow row = record == null ? null : BucketRow.decode(record);
        if (row == null || row.id() != bucket.id() || row.deletingSinceMillis() != 0) {
            throw noSuchBucket(bucket.name());
        }
    }

    /**
     * Gives back buckets whose deletion was cut off by a crash: nobody was told that it happened.
     */
    public int restoreStaleDeletions(Space fenced) {
        long now = fenced.now().toEpochMilli();
        int restored = 0;
        for (Entry entry : rows(fenced)) {
            BucketRow row = BucketRow.decode(entry.value());
            long since = row.deletingSinceMillis();
            if (since != 0 && now - since > STALE_DELETION.toMillis()) {
                replace(fenced, entry.key(), entry.value(), row.deletingSince(0).encode());
                restored++;
            }
        }
        return restored;
    }

    private @Nullable String holds(long bucketId) {
        if (!space.scan(Scan.prefix(StoreKeys.objects(bucketId), 1).onlyKeys()).isEmpty()) {
            return "objects";
        }
        return space.scan(Scan.prefix(StoreKeys.uploads(bucketId), 1).onlyKeys()).isEmpty()
                ? null
                : "unfinished uploads";
    }

    private boolean fresh(Cached cached, long nanos) {
        return current(cached.nanos(), nanos);
    }

    /** Whether what was read at that time, or later, still holds now. */
    private boolean current(long readNanos, long nanos) {
        return nanos - readNanos < cacheTime.toNanos() && (!alone || readNanos - markedNanos > 0);
    }

    private static <K, V> void remember(ConcurrentHashMap<K, V> cache, K key, V value) {
        if (cache.size() >= CACHED) {
            cache.clear();
        }
        cache.put(key, value);
    }

    private void forget(String name, long id) {
        byName.remove(name);
        byId.remove(id);
    }

    private static StoreException noSuchBucket(String name) {
        return new StoreException(StoreException.Code.NO_SUCH_BUCKET, "there is no bucket " + name);
    }

    private static Optional<String> wrongName(String name) {
        if (!NAME.matcher(name).matches()) {
            return Optional.of(
                    "a bucket name has 3 to 63 lower-case letters, digits, hyphens and dots, and"
                            + " begins and ends with a letter or digit");
        }
        if (name.contains("..") || ADDRESS.matcher(name).matches()) {
            return Optional.of("a bucket name has no two dots together and is no IP address");
        }
        return Optional.empty();
    }
}
