package countersign.testing;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests what they have as parameters: a {@link Server} and an {@link Instance} that the whole run shares, a {@link Database}
 * of the test's own, or of the class's where its constructor or {@code @BeforeAll} asks. Each database has a user of its own,
 * {@code app_1} and so on, so that tests may run at once. Whatever was made is gone after its scope.
 */
@SuppressWarnings("deprecation")  // CloseableResource is what JUnit before 5.13 closes
public final class CountersignExtension implements ParameterResolver {
    private static final Namespace OURS = Namespace.create(CountersignExtension.class);

    /** The store closes what it holds at the end of the run, the last that came first. */
    private static final class Shared implements ExtensionContext.Store.CloseableResource, AutoCloseable {
        private final Server server = Server.start();
        private final AtomicInteger users = new AtomicInteger();
        private Instance instance;

        synchronized Instance instance() {
            if (instance == null) instance = server.createInstance();
            return instance;
        }

        @Override
        public void close() {
            server.close();
        }
    }

    private record Held(Database database) implements ExtensionContext.Store.CloseableResource, AutoCloseable {
        @Override
        public void close() {
            database.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == Server.class || type == Instance.class || type == Database.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Shared shared = context.getRoot().getStore(OURS).getOrComputeIfAbsent(Shared.class, key -> new Shared(), Shared.class);
        Class<?> type = parameter.getParameter().getType();
        if (type == Server.class) return shared.server;
        if (type == Instance.class) return shared.instance();
        int number = shared.users.incrementAndGet();
        Held made = new Held(shared.instance().createDatabase("test_" + number, "app_" + number));
        context.getStore(OURS).put("database " + number, made);
        return made.database();
    }
}
