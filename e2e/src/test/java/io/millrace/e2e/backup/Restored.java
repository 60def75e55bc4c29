package io.millrace.e2e.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.Seed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import software.amazon.awssdk.services.s3.S3Client;

/** What a restored server must hold. */
final class Restored {
    private Restored() {}

    /** Every object as it was acknowledged at one moment of the backup, and no other object. */
    static void assertAsAcknowledged(
            S3Client s3, Histories histories, Instant from, Instant to, Seed seed) {
        Map<String, byte[]> found = objects(s3, Writers.BUCKET);
        assertTrue(histories.areOfOneMoment(found), "of several moments; " + seed);
        List<String> wrong = new ArrayList<>();
        for (String one : histories.keys()) {
            String what = histories.wrong(one, found.remove(one), from, to);
            if (what != null) {
                wrong.add(what);
            }
        }
        assertEquals(List.of(), wrong, "as of " + from + " to " + to + "; " + seed);
        assertEquals(Set.of(), found.keySet(), "objects that nobody wrote");
        assertNotEquals(0, histories.keys().size());
        System.out.printf("%d keys compared, 0 differences%n", histories.keys().size());
    }

    /** All objects of a bucket. */
    static Map<String, byte[]> objects(S3Client s3, String bucket) {
        Map<String, byte[]> found = new TreeMap<>();
        s3.listObjectsV2Paginator(b -> b.bucket(bucket))
                .contents()
                .forEach(
                        o ->
                                found.put(
                                        o.key(),
                                        s3.getObjectAsBytes(b -> b.bucket(bucket).key(o.key()))
                                                .asByteArray()));
        return found;
    }
}
