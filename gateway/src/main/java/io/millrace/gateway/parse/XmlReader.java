package io.millrace.gateway.parse;

import io.millrace.gateway.api.ErrorCode;
import io.millrace.gateway.api.GatewayException;
import java.io.ByteArrayInputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads the small XML documents that clients send: no DTD, no entities beyond the five, bounded
 * depth and number of elements. Namespaces are ignored, as the peers do.
 */
public final class XmlReader {
    private static final int MAX_DEPTH = 12;
    private static final int MAX_ELEMENTS = 100_000;
    private static final XMLInputFactory FACTORY = factory();

    private XmlReader() {}

    /** An element with its text and its children. */
    public record Element(String name, String text, List<Element> children) {
        public Element {
            children = List.copyOf(children);
        }

        /** The text of the first child of that name, or null. */
        public @Nullable String child(String childName) {
            for (Element child : children) {
                if (child.name.equals(childName)) {
                    return child.text;
                }
            }
            return null;
        }

        /** The children of that name. */
        public List<Element> all(String childName) {
            return children.stream().filter(child -> child.name.equals(childName)).toList();
        }

        /** The texts of the children of that name. */
        public List<String> texts(String childName) {
            return all(childName).stream().map(Element::text).toList();
        }
    }

    /** The document's root, which must have that name. */
    public static Element parse(byte[] document, String rootName) {
        try {
            XMLStreamReader reader =
                    FACTORY.createXMLStreamReader(new ByteArrayInputStream(document));
            try {
                Element root = read(reader);
                if (!root.name().equals(rootName)) {
                    throw new GatewayException(
                            ErrorCode.MALFORMED_XML,
                            "The root element must be " + rootName + ", not " + root.name() + ".");
                }
                return root;
            } finally {
                reader.close();
            }
        } catch (XMLStreamException e) {
            throw new GatewayException(ErrorCode.MALFORMED_XML);
        }
    }

    /** The same of a document whose texts are names, which may have control characters. */
    public static Element parseNames(byte[] document, String rootName) {
        byte[] replaced = ControlCharacters.replaced(document);
        Element root = parse(replaced, rootName);
        return Arrays.equals(replaced, document) ? root : restored(root);
    }

    private static Element restored(Element element) {
        return new Element(
                element.name(),
                ControlCharacters.restored(element.text()),
                element.children().stream().map(XmlReader::restored).toList());
    }

    private static Element read(XMLStreamReader reader) throws XMLStreamException {
        ArrayDeque<Open> open = new ArrayDeque<>();
        int elements = 0;
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    if (open.size() == MAX_DEPTH || ++elements > MAX_ELEMENTS) {
                        throw new GatewayException(
                                ErrorCode.MALFORMED_XML, "The XML is too deep or too long.");
                    }
                    open.push(new Open(reader.getLocalName()));
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    Open top = open.peek();
                    if (top != null) {
                        top.text.append(reader.getText());
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    Open done = open.pop();
                    Element element = new Element(done.name, done.text.toString(), done.children);
                    Open parent = open.peek();
                    if (parent == null) {
                        return element;
                    }
                    parent.children.add(element);
                }
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                        throw new GatewayException(
                                ErrorCode.MALFORMED_XML, "A DTD or an entity is not allowed.");
                default -> {
                    // Comments and processing instructions say nothing.
                }
            }
        }
        throw new GatewayException(ErrorCode.MALFORMED_XML);
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
        factory.setXMLResolver(
                (publicId, systemId, base, namespace) -> {
                    throw new XMLStreamException("no external entities");
                });
        return factory;
    }

    private static final class Open {
        final String name;
        final StringBuilder text = new StringBuilder();
        final List<Element> children = new ArrayList<>();

        Open(String name) {
            this.name = name;
        }
    }
}
