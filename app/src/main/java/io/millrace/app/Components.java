package io.millrace.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What this program is made of: the libraries that the build put into its directory, and those that
 * the web page bundles. The first come from the document that the build writes (CycloneDX), the
 * second from the page's lock file.
 */
final class Components {
    private static final String LIBRARIES = "/META-INF/sbom/application.cdx.json";
    private static final String PAGE = "/META-INF/sbom/package-lock.json";
    private static final String OWN = "io.millrace";

    private final ObjectNode document;

    private Components(ObjectNode document) {
        this.document = document;
    }

    /**
     * A library.
     *
     * @param name group and artifact, or the name of the npm package
     * @param file its name in the program's directory; empty for a part of the page
     * @param licences SPDX identifiers where its authors gave them; one of them may be chosen
     */
    record Component(
            String group, String name, String version, String file, List<String> licences) {
        Component {
            licences = List.copyOf(licences);
        }
    }

    /** The lists that the build left in this program. */
    static Components read() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        if (!(tree(mapper, LIBRARIES) instanceof ObjectNode document)) {
            throw new IOException(LIBRARIES + " is no document");
        }
        for (Map.Entry<String, JsonNode> each : tree(mapper, PAGE).path("packages").properties()) {
            if (!each.getKey().isEmpty() && !each.getValue().path("dev").asBoolean()) {
                document.withArray("components").add(bundled(mapper, each));
            }
        }
        return new Components(document);
    }

    private static JsonNode tree(ObjectMapper mapper, String resource) throws IOException {
        try (InputStream in = Components.class.getResourceAsStream(resource)) {
            return mapper.readTree(
                    Objects.requireNonNull(in, () -> resource + " is missing: build Millrace"));
        }
    }

    private static ObjectNode bundled(ObjectMapper mapper, Map.Entry<String, JsonNode> locked) {
        String path = locked.getKey();
        String name = path.substring(path.lastIndexOf("node_modules/") + "node_modules/".length());
        String version = locked.getValue().path("version").asText();
        String integrity = locked.getValue().path("integrity").asText();
        String address = "pkg:npm/" + name.replace("@", "%40") + "@" + version;
        ObjectNode component =
                mapper.createObjectNode()
                        .put("type", "library")
                        .put("bom-ref", address)
                        .put("name", name)
                        .put("version", version)
                        .put("purl", address);
        component
                .putArray("licenses")
                .addObject()
                .putObject("license")
                .put("id", locked.getValue().path("license").asText());
        if (integrity.startsWith("sha512-")) {
            byte[] digest = Base64.getDecoder().decode(integrity.substring("sha512-".length()));
            component
                    .putArray("hashes")
                    .addObject()
                    .put("alg", "SHA-512")
                    .put("content", HexFormat.of().formatHex(digest));
        }
        return component;
    }

    /** All of it as one CycloneDX 1.6 document. */
    JsonNode document() {
        return document;
    }

    /** What others made, by name. */
    List<Component> foreign() {
        List<Component> found = new ArrayList<>();
        for (JsonNode each : document.path("components")) {
            if (!each.path("group").asText().equals(OWN)) {
                found.add(component(each));
            }
        }
        found.sort(Comparator.comparing(c -> c.name().toLowerCase(Locale.ROOT)));
        return found;
    }

    private static Component component(JsonNode each) {
        String group = each.path("group").asText();
        String name = each.path("name").asText();
        String version = each.path("version").asText();
        return new Component(
                group,
                group.isEmpty() ? name : group + ":" + name,
                version,
                group.isEmpty() ? "" : file(name, version, each.path("purl").asText()),
                each.path("licenses").valueStream().map(Components::licence).toList());
    }

    private static String licence(JsonNode choice) {
        JsonNode licence = choice.path("license");
        return licence.path("id")
                .asText(licence.path("name").asText(choice.path("expression").asText()));
    }

    private static String file(String name, String version, String purl) {
        String classifier =
                Arrays.stream(purl.substring(purl.indexOf('?') + 1).split("&", -1))
                        .filter(q -> q.startsWith("classifier="))
                        .map(q -> "-" + q.substring("classifier=".length()))
                        .collect(Collectors.joining());
        return name + "-" + version + classifier + ".jar";
    }
}
