package io.millrace.edge.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Which parts of a query reach the origin and the cache key. */
class QueriesTest {
    @Test
    void aMillraceGetsWhatItHeedsAlone() {
        assertEquals("", Queries.canonical("junk=1&acl&uploadId=x&response-expires=0", true));
        assertEquals(
                "from=1&to=2&x-oss-process=image/info",
                Queries.canonical("x-oss-process=image/info&to=2&junk=3&from=1&x-amz-a=b", true));
    }

    /** The origin decodes names: dropped, a picture would come unprocessed. */
    @Test
    void anEncodedNameIsTheSameName() {
        assertEquals(
                "x%2Doss-process=image/info",
                Queries.canonical("x%2Doss-process=image/info&%6Aunk=1&%zz=2", true));
    }

    @Test
    void anotherOriginGetsEverythingInOneOrder() {
        assertEquals("a=1&b", Queries.canonical("b&a=1", false));
    }
}
