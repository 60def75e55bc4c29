package io.millrace.edge;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/** The edge's counters as JSON: for the console and for whoever asks. */
final class Report {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Report() {}

    /** Counters since the start; {@code windowSeconds} since the report before, 0 for none. */
    static String json(Core core, double windowSeconds) {
        ObjectNode root = JSON.createObjectNode();
        root.put("edge", core.id());
        root.put("windowSeconds", windowSeconds);
        root.put("tls", core.options().httpsPort() >= 0);
        root.put("connections", core.connections());
        root.put("memoryBytes", core.cache().memoryBytes());
        root.put("diskBytes", core.cache().diskBytes());
        root.put("keys", core.cache().keys());
        ArrayNode domains = root.putArray("domains");
        for (Map.Entry<String, Statistics.Counters> entry : core.statistics().all().entrySet()) {
            Statistics.Counters c = entry.getValue();
            domains.addObject()
                    .put("host", entry.getKey())
                    .put("requests", c.requests.sum())
                    .put("hits", c.hits.sum())
                    .put("misses", c.misses.sum())
                    .put("revalidated", c.revalidated.sum())
                    .put("refused", c.refused.sum())
                    .put("errors", c.errors.sum())
                    .put("bytes", c.bytes.sum())
                    .put("originRequests", c.originRequests.sum());
        }
        return root.toString();
    }
}
