package io.millrace.store.objects;

import io.millrace.keyspace.Batch;
import io.millrace.store.buckets.Bucket;
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

    /** Keys that go into one batch. */
    private static final int GROUP = 100;

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
        Map<String, DeleteOutcome> outcomes = LinkedHashMap.newLinkedHashMap(distinct.size());
        List<String> names = List.copyOf(distinct.keySet());
        for (int from = 0; from < names.size(); from += GROUP) {
            List<String> group = names.subList(from, Math.min(names.size(), from + GROUP));
            deleteGroup(bucket, group, distinct, outcomes);
        }
        List<DeleteOutcome> inOrder = new ArrayList<>(keys.size());
        for (String key : keys) {
            inOrder.add(java.util.Objects.requireNonNull(outcomes.get(key)));
        }
        return inOrder;
    }

    /** In one commit if nobody interferes, else one by one. */
    private void deleteGroup(
            Bucket bucket,
            List<String> names,
            Map<String, byte[]> keys,
            Map<String, DeleteOutcome> outcomes) {
        List<byte[]> rowKeys =
                names.stream()
                        .map(n -> StoreKeys.object(bucket.id(), keys.getOrDefault(n, new byte[0])))
                        .toList();
        List<byte @Nullable []> rows = core.space().multiGet(rowKeys);
        Batch.Builder batch = Batch.builder();
        List<Integer> shards = new ArrayList<>();
        Map<String, DeleteOutcome> planned = LinkedHashMap.newLinkedHashMap(names.size());
        long now = core.nowMillis();
        long lastVersion = 0;
        ObjectCommit last = null;
        for (int i = 0; i < names.size(); i++) {
            byte[] record = rows.get(i);
            String name = names.get(i);
            if (record == null) {
                planned.put(name, new DeleteOutcome.Absent());
                continue;
            }
            byte[] key = keys.getOrDefault(name, new byte[0]);
            ObjectCommit commit = ObjectCommit.of(core, bucket, key, record, batch, shards);
            ObjectRow old = ObjectRow.decode(record);
            lastVersion = core.ids().next();
            commit.remove(old, lastVersion, now);
            planned.put(name, new DeleteOutcome.Deleted(old.info(bucket.name(), name)));
            last = commit;
        }
        if (last == null || last.commit(lastVersion)) {
            outcomes.putAll(planned);
            return;
        }
        for (String name : names) {
            byte[] key = keys.getOrDefault(name, new byte[0]);
            outcomes.put(name, delete(bucket, name, key, WriteConditions.NONE));
        }
    }
}
