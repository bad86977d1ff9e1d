import java.sql.DriverManager;
import java.util.Properties;

/** Connects to the JDBC URL of its argument, with TOKEN as the password where there is one, and says as whom. */
public class WhoAmI {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        String token = System.getenv("TOKEN");
        if (token != null) properties.setProperty("password", token);
        try (var connection = DriverManager.getConnection(arguments[0], properties);
                var rows = connection.createStatement().executeQuery("SELECT current_user")) {
            rows.next();
            System.out.println(rows.getString(1));
        }
    }
}
