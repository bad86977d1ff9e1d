import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;

/**
 * Logs in with the AWS Advanced JDBC Wrapper, whose plugin "iam" makes the tokens. PGHOST and PGPORT are where to
 * connect, perhaps a tunnel's end; IAM_HOST and IAM_PORT are the database's endpoint, which the token is for.
 */
public class Wrapper {
    public static void main(String[] arguments) {
        Map<String, String> env = System.getenv();

        Properties properties = new Properties();
        properties.setProperty("wrapperPlugins", "iam");
        properties.setProperty("iamHost", env.get("IAM_HOST"));
        properties.setProperty("iamDefaultPort", env.getOrDefault("IAM_PORT", env.get("PGPORT")));
        properties.setProperty("iamRegion", env.get("AWS_REGION"));
        properties.setProperty("user", env.get("PGUSER"));
        properties.setProperty("sslmode", env.get("PGSSLMODE"));
        properties.setProperty("sslrootcert", env.get("PGSSLROOTCERT"));
        String url = "jdbc:aws-wrapper:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/"
            + env.get("PGDATABASE");

        try (var connection = DriverManager.getConnection(url, properties);
             var rows = connection.createStatement().executeQuery("SELECT current_user")) {
            rows.next();
            System.out.println(rows.getString(1));
        } catch (SQLException refusal) {
            System.err.println(refusal.getMessage());
            System.exit(1);
        }
    }
}
