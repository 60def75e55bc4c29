package io.millrace.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.kit.Damage;
import io.millrace.store.verify.Hit;
import java.util.ArrayList;
import java.util.List;

/** What verify and repair print. */
final class CheckReport {
    private CheckReport() {}

    static String json(DataCheck.Result result) {
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(result);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a report that has no JSON", e);
        }
    }

    static List<String> text(DataCheck.Result result) {
        List<String> lines = new ArrayList<>();
        result.done().forEach(line -> lines.add("mended   " + line));
        for (Hit hit : result.mended()) {
            lines.add("mended   " + hit);
        }
        for (Damage damage : result.damages()) {
            lines.add("DAMAGED  " + damage);
        }
        for (Hit hit : result.hits()) {
            lines.add("HIT      " + hit);
        }
        for (Hit hit : result.lost()) {
            lines.add("LOST     " + hit);
        }
        lines.add(
                (result.whole() ? "Whole: " : "Damaged: ")
                        + (result.bytes() >> 20)
                        + " MiB and "
                        + result.objects()
                        + " objects read, damaged places: "
                        + result.damages().size()
                        + ", objects hit: "
                        + (result.hits().size() + result.lost().size()));
        return lines;
    }
}
