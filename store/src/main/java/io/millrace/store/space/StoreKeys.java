package io.millrace.store.space;

import io.millrace.extents.ExtentRef;
import io.millrace.extents.StoreId;
import io.millrace.keyspace.Keys;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** The keys of this module's families; docs/formats/store.md describes them. */
public final class StoreKeys {
    /** Shards of the deletion queue. */
    public static final int DELETION_SHARDS = 16;

    /** Shards of the change log. */
    public static final int LOG_SHARDS = 64;

    /** The longest object key in UTF-8 bytes. */
    public static final int MAX_OBJECT_KEY_BYTES = 1024;

    private static final int OBJECT_PREFIX_BYTES = 9;

    /** In keys: volumes of version 1, which name no store. */
    private static final int UNNAMED_STORE = 0;

    private static final int NAMED_STORE = 1;

    private StoreKeys() {}

    /** An object key's bytes, exactly as given; at most {@link #MAX_OBJECT_KEY_BYTES}. */
    public static byte[] keyBytes(String key) {
        byte[] bytes = utf8(key);
        if (bytes.length == 0 || bytes.length > MAX_OBJECT_KEY_BYTES) {
            throw invalid(
                    "an object key has 1 to "
                            + MAX_OBJECT_KEY_BYTES
                            + " bytes in UTF-8, not "
                            + bytes.length);
        }
        return bytes;
    }

    /** Text in UTF-8; text that has no such form (half a surrogate pair) is refused. */
    public static byte[] utf8(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return strictUtf8(text);
            }
        }
        return bytes;
    }

    private static byte[] strictUtf8(String text) {
        try {
            ByteBuffer buffer = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new StoreException(
                    StoreException.Code.INVALID_ARGUMENT, "a key must be valid Unicode", e);
        }
    }

    public static StoreException invalid(String text) {
        return new StoreException(StoreException.Code.INVALID_ARGUMENT, text);
    }

    public static byte[] bucket(String name) {
        return Keys.family('B').u8('n').textPrefix(name).done();
    }

    public static byte[] buckets() {
        return Keys.family('B').u8('n').done();
    }

    public static String bucketName(byte[] key) {
        return new String(key, 2, key.length - 2, StandardCharsets.UTF_8);
    }

    public static byte[] bucketName(long id) {
        return Keys.family('B').u8('i').u64(id).done();
    }

    public static byte[] object(long bucketId, byte[] key) {
        return Keys.family('M').u64(bucketId).raw(key).done();
    }

    public static byte[] allObjects() {
        return Keys.family('M').done();
    }

    public static byte[] objects(long bucketId) {
        return Keys.family('M').u64(bucketId).done();
    }

    /** The object key (or common prefix) inside a key of the object family. */
    public static String objectKey(byte[] key) {
        return new String(
                key, OBJECT_PREFIX_BYTES, key.length - OBJECT_PREFIX_BYTES, StandardCharsets.UTF_8);
    }

    public static byte[] content(long contentId, long offset) {
        return Keys.family('X').u64(contentId).u64(offset).done();
    }

    public static byte[] contents(long contentId) {
        return Keys.family('X').u64(contentId).done();
    }

    public static long contentOffset(byte[] key) {
        return ByteBuffer.wrap(key).getLong(9);
    }

    public static byte[] upload(long bucketId, byte[] key, byte[] uploadId) {
        return Keys.family('U').u8('u').u64(bucketId).bytes(key).raw(uploadId).done();
    }

    public static byte[] uploads(long bucketId) {
        return Keys.family('U').u8('u').u64(bucketId).done();
    }

    public static byte[] allUploads() {
        return Keys.family('U').u8('u').done();
    }

    public static byte[] part(long upload, int number) {
        return Keys.family('U').u8('p').u64(upload).u32(number).done();
    }

    public static byte[] parts(long upload) {
        return Keys.family('U').u8('p').u64(upload).done();
    }

    /** The number of the upload in a part's key. */
    public static long partUpload(byte[] key) {
        return ByteBuffer.wrap(key).getLong(2);
    }

    public static int partNumber(byte[] key) {
        return ByteBuffer.wrap(key).getInt(10);
    }

    public static byte[] deletion(long millis, long id) {
        int shard = (int) (id % DELETION_SHARDS);
        return Keys.family('D').u8(shard).u64(millis).u64(id).done();
    }

    public static byte[] deletions(int shard, long fromMillis) {
        return Keys.family('D').u8(shard).u64(fromMillis).done();
    }

    /** When the deletion with this key was noted. */
    public static long deletedMillis(byte[] deletion) {
        return ByteBuffer.wrap(deletion).getLong(2);
    }

    public static byte[] owner(ExtentRef ref, long ownerId) {
        return Keys.under(owners(ref)).u64(ownerId).done();
    }

    public static byte[] owners(ExtentRef ref) {
        return Keys.under(owners(ref.store(), ref.volume())).u64(ref.offset()).done();
    }

    public static byte[] owners(StoreId store, long volume) {
        return ofVolume('o', store, volume);
    }

    /** Owners of everything in a store's volumes. */
    public static byte[] owners(StoreId store) {
        return of(Keys.family('V').u8('o'), store).done();
    }

    /**
     * Where the owners of the next volume begin, or behind this key where it stands elsewhere than
     * its own volume's: whoever walks on from here moves on.
     */
    public static byte[] behindVolume(StoreId store, byte[] owner) {
        byte[] next = owners(store, ownedVolume(owner) + 1);
        return Arrays.compareUnsigned(next, owner) > 0 ? next : owner;
    }

    public static long ownedVolume(byte[] key) {
        return ByteBuffer.wrap(key).getLong(key.length - 3 * Long.BYTES);
    }

    /** The place of an owned extent and its owner stand last in the key. */
    public static long ownedOffset(byte[] key) {
        return ByteBuffer.wrap(key).getLong(key.length - 2 * Long.BYTES);
    }

    public static long ownerId(byte[] key) {
        return ByteBuffer.wrap(key).getLong(key.length - Long.BYTES);
    }

    /** Counts the volume's bytes that nobody owns any more. */
    public static byte[] deadBytes(StoreId store, long volume) {
        return ofVolume('d', store, volume);
    }

    /** Says since when a volume has no owners. */
    public static byte[] condemned(StoreId store, long volume) {
        return ofVolume('e', store, volume);
    }

    /** Says that the volume's dead bytes were counted afresh after it was sealed. */
    public static byte[] audited(StoreId store, long volume) {
        return ofVolume('a', store, volume);
    }

    /** The store in full: no table of short numbers that could run out, be stale or be lost. */
    private static byte[] ofVolume(char kind, StoreId store, long volume) {
        return of(Keys.family('V').u8(kind), store).u64(volume).done();
    }

    private static Keys of(Keys key, StoreId store) {
        return store.unnamed()
                ? key.u8(UNNAMED_STORE)
                : key.u8(NAMED_STORE).u64(store.high()).u64(store.low());
    }

    /** How far the scrub of a store has come. */
    public static byte[] scrub(StoreId store) {
        return Keys.family('V').u8('p').u64(store.high()).u64(store.low()).done();
    }

    /** Damaged blocks of all stores. */
    public static byte[] damages() {
        return Keys.family('V').u8('x').done();
    }

    /** Damaged blocks that a store found. */
    public static byte[] damages(StoreId finder) {
        return Keys.under(damages()).u64(finder.high()).u64(finder.low()).done();
    }

    public static byte[] damage(StoreId finder, ExtentRef ref, long block) {
        Keys key =
                Keys.under(damages(finder)).u8(ref.store().unnamed() ? UNNAMED_STORE : NAMED_STORE);
        return key.u64(ref.volume()).u64(ref.offset()).u64(block).done();
    }

    /** Objects and parts that lack a row. */
    public static byte[] gaps() {
        return Keys.family('V').u8('m').done();
    }

    /**
     * @param id the object's incarnation or the part's id
     * @param part 0 for an object
     */
    public static byte[] gap(long id, int part) {
        return Keys.under(gaps()).u64(id).u32(part).done();
    }

    /** Damaged files of the key space. */
    public static byte[] damagedFiles() {
        return Keys.family('V').u8('k').done();
    }

    public static byte[] damagedFile(String name) {
        return Keys.under(damagedFiles()).textPrefix(name).done();
    }

    public static String damagedFile(byte[] key) {
        return bucketName(key);
    }

    /** An extent store that takes part in the key space. */
    public static byte[] extentStore(StoreId store) {
        return Keys.under(extentStores()).u64(store.high()).u64(store.low()).done();
    }

    /** The store that such a key is of. */
    public static StoreId extentStore(byte[] key) {
        Keys.Reader in = Keys.read(key, extentStores().length);
        return new StoreId(in.u64(), in.u64());
    }

    public static byte[] extentStores() {
        return Keys.family('V').u8('s').done();
    }

    /** Which extent store has the volumes of version 1. */
    public static byte[] unnamedStore() {
        return Keys.family('V').u8('u').done();
    }

    /** One of several objects that share a content. */
    public static byte[] sharer(long contentId, long incarnation) {
        return Keys.under(sharers(contentId)).u64(incarnation).done();
    }

    public static byte[] sharers(long contentId) {
        return Keys.family('V').u8('c').u64(contentId).done();
    }

    /** Says how long the content counts as read by the node that has this extent store. */
    public static byte[] read(long contentId, StoreId reader) {
        return Keys.under(reads(contentId)).u64(reader.high()).u64(reader.low()).done();
    }

    public static byte[] reads(long contentId) {
        return Keys.under(allReads()).u64(contentId).done();
    }

    public static byte[] allReads() {
        return Keys.family('V').u8('h').done();
    }

    public static long readContent(byte[] read) {
        return ByteBuffer.wrap(read).getLong(2);
    }

    public static byte[] logCounter(int shard) {
        return Keys.family('L').u8('c').u8(shard).done();
    }

    public static byte[] log(int shard) {
        return Keys.family('L').u8('r').u8(shard).done();
    }

    public static byte[] log(int shard, long stamp) {
        return Keys.family('L').u8('r').u8(shard).u64(stamp).done();
    }

    public static long logStamp(byte[] key) {
        return ByteBuffer.wrap(key).getLong(3);
    }

    public static byte[] logTrimmed(int shard) {
        return Keys.family('L').u8('t').u8(shard).done();
    }

    public static byte[] objectCount(long bucketId, int shard) {
        return Keys.family('N').u64(bucketId).u8('o').u8(shard).done();
    }

    public static byte[] byteCount(long bucketId, int shard) {
        return Keys.family('N').u64(bucketId).u8('b').u8(shard).done();
    }

    public static byte[] counters(long bucketId) {
        return Keys.family('N').u64(bucketId).done();
    }

    /** The change-log shard: CRC32C of the bucket id in eight bytes and the key, modulo 64. */
    public static int shard(long bucketId, byte[] key) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8).putLong(0, bucketId));
        crc.update(key, 0, key.length);
        return (int) (crc.getValue() & (LOG_SHARDS - 1));
    }
}
