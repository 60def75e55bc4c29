package io.millrace.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.store.objects.ListObjects;
import io.millrace.store.objects.Listing;
import io.millrace.store.objects.ObjectInfo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListingTest {
    private static final String BUCKET = Fixture.BUCKET;

    @TempDir Path directory;

    @Test
    void everyWayOfPagingGivesTheSameKeysInTheOrderOfTheirBytes() {
        try (Fixture fixture = Fixture.open(directory)) {
            Random random = new Random(42);
            TreeSet<String> keys =
                    new TreeSet<>((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)));
            String alphabet = "ab/\u0001\u007fé\uD83D\uDE00";
            for (int i = 0; i < 400; i++) {
                StringBuilder key = new StringBuilder();
                int length = 1 + random.nextInt(6);
                for (int j = 0; j < length; j++) {
                    int at = random.nextInt(alphabet.codePointCount(0, alphabet.length()));
                    key.appendCodePoint(alphabet.codePointAt(alphabet.offsetByCodePoints(0, at)));
                }
                keys.add(key.toString());
            }
            Fixture.together(
                    keys.stream()
                            .map(
                                    k ->
                                            (java.util.concurrent.Callable<ObjectInfo>)
                                                    () -> fixture.put(k, new byte[1]))
                            .toList());
            for (String prefix : List.of("", "a", "a/", "é", "zz")) {
                for (String delimiter : List.of("", "/", "b/", "\uD83D\uDE00")) {
                    List<String> wanted = expected(keys, prefix, delimiter);
                    for (int limit : new int[] {1, 3, 50, 1000}) {
                        assertEquals(wanted, all(fixture, prefix, delimiter, limit));
                    }
                }
            }
        }
    }

    @Test
    void aPageThatEndsWithTheLastKeyIsNotCutOffAndTellsOfEachObjectAsItsHeadDoes() {
        try (Fixture fixture = Fixture.open(directory)) {
            ObjectInfo one = fixture.put("a", new byte[1]);
            ObjectInfo other = fixture.put("b", new byte[2]);
            Listing all = fixture.objects().list(new ListObjects(BUCKET, "", "", "", 2));
            assertEquals(new Listing(List.of(one, other), List.of(), "b", false), all);
            Listing first = fixture.objects().list(new ListObjects(BUCKET, "", "", "", 1));
            assertEquals(new Listing(List.of(one), List.of(), "a", true), first);
        }
    }

    @Test
    void aPageOfNothingAndAPageBehindTheEndAreEmpty() {
        try (Fixture fixture = Fixture.open(directory)) {
            fixture.put("a", new byte[1]);
            Listing none = fixture.objects().list(new ListObjects(BUCKET, "", "", "", 0));
            assertTrue(none.entries().isEmpty());
            assertFalse(none.truncated());
            Listing behind = fixture.objects().list(new ListObjects(BUCKET, "", "", "a", 10));
            assertEquals(new Listing(List.of(), List.of(), "", false), behind);
        }
    }

    private static List<String> all(Fixture fixture, String prefix, String delimiter, int limit) {
        List<String> all = new ArrayList<>();
        String after = "";
        while (true) {
            Listing page =
                    fixture.objects()
                            .list(new ListObjects(BUCKET, prefix, delimiter, after, limit));
            assertTrue(page.entries().size() + page.commonPrefixes().size() <= limit);
            page.entries().forEach(e -> all.add(e.key()));
            all.addAll(page.commonPrefixes());
            if (!page.truncated()) {
                all.sort((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)));
                return all;
            }
            after = page.next();
        }
    }

    private static List<String> expected(TreeSet<String> keys, String prefix, String delimiter) {
        List<String> expected = new ArrayList<>();
        for (String key : keys) {
            if (!key.startsWith(prefix)) {
                continue;
            }
            int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
            String listed = cut < 0 ? key : key.substring(0, cut + delimiter.length());
            if (expected.isEmpty() || !expected.getLast().equals(listed)) {
                expected.add(listed);
            }
        }
        return expected;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
