package io.millrace.store.objects;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Limits;
import io.millrace.store.buckets.Bucket;
import io.millrace.store.space.StoreException;
import io.millrace.store.space.StoreKeys;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Deletes objects. */
public final class Deletes {
    /** The most keys of one request. */
    static final int MAX_KEYS = 1000;

    /** Records read at once. */
    private static final int PAGE = 100;

    /** A batch of this size takes no further deletion: one alone has less than the rest. */
    private static final long FULL_BYTES = Limits.BATCH_BYTES * 3 / 4;

    private final Core core;

    Deletes(Core core) {
        this.core = core;
    }

    DeleteOutcome delete(String bucketName, String keyText, WriteConditions conditions) {
        byte[] key = StoreKeys.keyBytes(keyText);
        Bucket bucket = core.buckets().require(bucketName);
        return delete(bucket, keyText, key, conditions);
    }

    private DeleteOutcome delete(
            Bucket bucket, String keyText, byte[] key, WriteConditions conditions) {
        long versionId = core.ids().next();
        return core.stripes()
                .retry(key, () -> attempt(bucket, keyText, key, conditions, versionId));
    }

    private Optional<DeleteOutcome> attempt(
            Bucket bucket, String keyText, byte[] key, WriteConditions conditions, long versionId) {
        ObjectCommit commit = ObjectCommit.read(core, bucket, key);
        ObjectRow old = commit.old();
        if (old == null) {
            return Optional.of(new DeleteOutcome.Absent());
        }
        ObjectInfo info = old.info(bucket.name(), keyText);
        if (!conditions.hold(info)) {
            return Optional.of(new DeleteOutcome.PreconditionFailed(info));
        }
        commit.remove(old, versionId, core.nowMillis());
        return commit.commit(versionId)
                ? Optional.of(new DeleteOutcome.Deleted(info))
                : Optional.empty();
    }

    List<DeleteOutcome> deleteMany(String bucketName, List<String> keys) {
        if (keys.size() > MAX_KEYS) {
            throw StoreKeys.invalid("at most " + MAX_KEYS + " keys are deleted at once");
        }
        Bucket bucket = core.buckets().require(bucketName);
        Map<String, byte[]> distinct = LinkedHashMap.newLinkedHashMap(keys.size());
        for (String key : keys) {
            distinct.computeIfAbsent(key, StoreKeys::keyBytes);
        }
        List<Named> named =
                distinct.entrySet().stream().map(e -> new Named(e.getKey(), e.getValue())).toList();
        Map<String, DeleteOutcome> outcomes = LinkedHashMap.newLinkedHashMap(named.size());
        for (int from = 0; from < named.size(); from += PAGE) {
            deletePage(bucket, named.subList(from, Math.min(named.size(), from + PAGE)), outcomes);
        }
        return keys.stream().map(outcomes::get).map(java.util.Objects::requireNonNull).toList();
    }

    private record Named(String text, byte[] key) {}

    private void deletePage(Bucket bucket, List<Named> page, Map<String, DeleteOutcome> outcomes) {
        List<byte[]> rowKeys =
                page.stream().map(n -> StoreKeys.object(bucket.id(), n.key())).toList();
        List<byte @Nullable []> rows = core.space().multiGet(rowKeys);
        Together together = new Together(bucket);
        for (int i = 0; i < page.size(); i++) {
            byte[] record = rows.get(i);
            if (record == null) {
                outcomes.put(page.get(i).text(), new DeleteOutcome.Absent());
                continue;
            }
            if (together.full()) {
                outcomes.putAll(together.commit());
                together = new Together(bucket);
            }
            together.add(page.get(i), record);
        }
        outcomes.putAll(together.commit());
    }

    /** Some deletions in one commit if nobody interferes, else one by one. */
    private final class Together {
        private final Bucket bucket;
        private final Batch.Builder batch = Batch.builder();
        private final List<Integer> shards = new ArrayList<>();
        private final List<Named> names = new ArrayList<>();
        private final Map<String, DeleteOutcome> planned = new LinkedHashMap<>();
        private final long now = core.nowMillis();
        private @Nullable ObjectCommit last;
        private long lastVersion;

        Together(Bucket bucket) {
            this.bucket = bucket;
        }

        boolean full() {
            return batch.bytes() > FULL_BYTES;
        }

        void add(Named name, byte[] record) {
            ObjectCommit commit = ObjectCommit.of(core, bucket, name.key(), record, batch, shards);
            ObjectRow old = ObjectRow.decode(record);
            lastVersion = core.ids().next();
            commit.remove(old, lastVersion, now);
            last = commit;
            names.add(name);
            planned.put(
                    name.text(), new DeleteOutcome.Deleted(old.info(bucket.name(), name.text())));
        }

        Map<String, DeleteOutcome> commit() {
            try {
                if (last == null || last.commit(lastVersion)) {
                    return planned;
                }
            } catch (StoreException e) {
                // Each by itself: it reads again what became of its key.
            }
            for (Named name : names) {
                planned.put(name.text(), alone(name));
            }
            return planned;
        }

        private DeleteOutcome alone(Named name) {
            try {
                return delete(bucket, name.text(), name.key(), WriteConditions.NONE);
            } catch (StoreException e) {
                return new DeleteOutcome.Failed(e);
            }
        }
    }
}
