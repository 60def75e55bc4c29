package io.millrace.access;

import io.millrace.access.Change.Done;
import io.millrace.access.Change.Limit;
import io.millrace.access.Change.NotFound;
import io.millrace.keyspace.Batch;
import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.Scan;
import io.millrace.kit.Ids;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Users' access keys in the key space: a row by id, and an index row by user. */
final class StoredKeys implements AccessKeys {
    private static final int MAX_PER_USER = 5;

    private final Rows rows;
    private final MasterKey master;
    private final InstantSource clock;

    StoredKeys(Rows rows, MasterKey master, InstantSource clock) {
        this.rows = rows;
        this.master = master;
        this.clock = clock;
    }

    static byte[] indexPrefix(String user) {
        return Rows.key("user-key", user);
    }

    @Override
    public Change<RootKey> create(String user) {
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] userRow = rows.raw(Directory.userKey(user));
            if (userRow == null) {
                return new NotFound<>("There is no user " + user + ".");
            }
            if (list(user).size() >= MAX_PER_USER) {
                return new Limit<>("A user has at most " + MAX_PER_USER + " access keys.");
            }
            String id = "MR" + Ids.secret(22);
            String secret = Ids.secret(40);
            Records.Key row =
                    new Records.Key(
                            id, user, true, master.encrypt(secret, "key:" + id), clock.millis());
            Batch batch =
                    Batch.builder()
                            .holds(Directory.userKey(user), userRow)
                            .absent(Directory.keyKey(id))
                            .put(Directory.keyKey(id), Records.encode(row))
                            .put(Rows.key("user-key", user, id), new byte[] {1})
                            .build();
            if (rows.commit(batch)) {
                return new Done<>(new RootKey(id, secret));
            }
        }
        throw Rows.busy();
    }

    @Override
    public List<KeyInfo> list(String user) {
        byte[] prefix = indexPrefix(user);
        List<KeyInfo> keys = new ArrayList<>();
        for (Entry entry : rows.scan(Scan.prefix(prefix, 1000))) {
            String id = Keys.read(entry.key(), prefix.length).text();
            Records.Key row = rows.get(Directory.keyKey(id), Records.Key.class);
            if (row != null) {
                keys.add(info(row));
            }
        }
        return keys;
    }

    @Override
    public Change<KeyInfo> setEnabled(String accessKeyId, boolean enabled) {
        byte[] key = Directory.keyKey(accessKeyId);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(key);
            if (value == null) {
                return new NotFound<>("There is no access key " + accessKeyId + ".");
            }
            Records.Key row = Records.decode(value, Records.Key.class);
            Records.Key next =
                    new Records.Key(row.id(), row.user(), enabled, row.secret(), row.created());
            if (rows.commit(
                    Batch.builder().holds(key, value).put(key, Records.encode(next)).build())) {
                return new Done<>(info(next));
            }
        }
        throw Rows.busy();
    }

    @Override
    public Change<KeyInfo> delete(String accessKeyId) {
        byte[] key = Directory.keyKey(accessKeyId);
        for (int i = 0; i < Rows.TRIES; i++) {
            byte[] value = rows.raw(key);
            if (value == null) {
                return new NotFound<>("There is no access key " + accessKeyId + ".");
            }
            Records.Key row = Records.decode(value, Records.Key.class);
            Batch batch =
                    Batch.builder()
                            .holds(key, value)
                            .delete(key)
                            .delete(Rows.key("user-key", row.user(), row.id()))
                            .build();
            if (rows.commit(batch)) {
                return new Done<>(info(row));
            }
        }
        throw Rows.busy();
    }

    private static KeyInfo info(Records.Key row) {
        return new KeyInfo(
                row.id(), row.user(), row.enabled(), Instant.ofEpochMilli(row.created()));
    }
}
