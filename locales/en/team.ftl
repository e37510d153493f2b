# Team
